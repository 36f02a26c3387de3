"""Whether a figure can be read: no text leaves the page, and none covers another."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text


def texts(drawn: Figure) -> list[str]:
    return [text.get_text() for text in drawn.findobj(Text) if text.get_text() and text.get_visible()]


def troubles(drawn: Figure) -> list[tuple[str, ...]]:
    """The texts that leave the page, and the pairs that cover each other by more than a pixel or two."""
    FigureCanvasAgg(drawn).draw()
    page, boxes, found = drawn.bbox, [], []
    undrawn = _beyond_the_axes(drawn)
    for text in drawn.findobj(Text):
        if text.get_text() and text.get_visible() and text not in undrawn:
            box = text.get_window_extent()
            if box.x0 < -1 or box.y0 < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1:
                found.append((text.get_text(),))
            if text.get_rotation() in (0, 90):
                boxes.append((text.get_text(), box))
    for number, (one, box) in enumerate(boxes):
        for other, place in boxes[:number]:
            wide = min(box.x1, place.x1) - max(box.x0, place.x0)
            high = min(box.y1, place.y1) - max(box.y0, place.y0)
            if min(wide, high) > 1.5:
                found.append((one, other))
    return found


def _beyond_the_axes(drawn: Figure) -> set[Text]:
    """Numbers that matplotlib keeps for places that an axis does not reach, and does not draw."""
    axes = [axis for one in drawn.axes for axis in (one.xaxis, one.yaxis)]
    ticks = [(tick, sorted(axis.get_view_interval())) for axis in axes for tick in axis.get_major_ticks()]
    return {
        label
        for tick, (low, high) in ticks
        if not low <= tick.get_loc() <= high
        for label in (tick.label1, tick.label2)
    }
