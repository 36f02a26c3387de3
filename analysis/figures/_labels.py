"""Names beside points, none over another: at a corner of its point, else beside, above or beneath it, else nowhere."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from analysis.figures._paper import FAINT, extent

Box = tuple[float, float, float, float]  # left, bottom, right, top, in inches
DOT = 0.045  # inches from the middle of a marker to its edge


def label(
    axes: Axes,
    points: Sequence[tuple[float, float, str]],
    size: float = 5.5,
    around: Sequence[tuple[float, float]] = (),
) -> int:
    """Writes the text of each (x, y, text) near its point, over none of `around`; returns how many found no room."""
    to_page = axes.transData + axes.figure.dpi_scale_trans.inverted()
    places = [tuple(to_page.transform((x, y))) for x, y, _ in points]
    edge = axes.get_window_extent().transformed(axes.figure.dpi_scale_trans.inverted())
    taken: list[Box] = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in places]
    taken += [(x, y, x, y) for x, y in map(to_page.transform, around)]
    left_out = 0
    for (x, y), (*_, text) in zip(places, points, strict=True):
        for box in _candidates(x, y, *extent(text, size)):
            is_inside = edge.x0 <= box[0] and box[2] <= edge.x1 and edge.y0 <= box[1] and box[3] <= edge.y1
            if is_inside and not any(_meet(box, other) for other in taken):
                left, middle = to_page.inverted().transform((box[0], (box[1] + box[3]) / 2))
                axes.text(left, middle, text, fontsize=size, color=FAINT, va="center_baseline")
                taken.append(box)
                break
        else:
            left_out += 1
    return left_out


def _candidates(x: float, y: float, wide: float, high: float) -> list[Box]:
    """Boxes around a point: at its corners, where a rising line does not pass first; then beside it, above, beneath."""
    across = {"middle": x - wide / 2, "right": x + DOT + 0.02, "left": x - DOT - 0.02 - wide}
    up = {"above": y + DOT + 0.01, "level": y - high / 2, "beneath": y - DOT - 0.01 - high}
    corners = [("right", "beneath"), ("left", "above"), ("right", "above"), ("left", "beneath")]
    sides = [("right", "level"), ("left", "level"), ("middle", "above"), ("middle", "beneath")]
    starts = [(across[one], up[other]) for one, other in (*corners, *sides)]
    return [(left, bottom, left + wide, bottom + high) for left, bottom in starts]


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
