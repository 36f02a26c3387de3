"""What the weights of networks bound beside what was measured: the steepest slope, and the smallest distortion."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.answers import answer
from analysis.figures._paper import FAINT, cut, lettered, paper, unknown
from analysis.figures._sheet import MARGIN, NOTE, Row, Sheet, inches, look_of, plain, publish
from transfer.errors import TransferError

SIDE, GAP = 2.4, 0.55  # inches
PANELS = (("product", "slope", "the steepest slope at an image"), ("product", "distance", "mean l2 that fools"))


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the networks of a study; returns the characters that no font on this machine has."""
    rows = answer(connection, "szegedy2014_stability").entries
    if not any(row["quantity"] == "product" and row["ours"] is not None for row in rows):
        raise TransferError("Q089", "no network has both operator_norms and local_slopes, so there is nothing to draw.")
    words = "".join(row["network"] for row in rows)
    with paper(words):
        publish(draw(rows, width), path, "from szegedy2014_stability", rows)
        return unknown(words)


def draw(rows: Sequence[Row], width: str = "page") -> Figure:
    """Two panels over the product of operator norms, on logarithmic axes; a point a network."""
    found = {(row["network"], row["quantity"]): row for row in rows}
    networks = list(dict.fromkeys(row["network"] for row in rows))
    looks = look_of(networks)
    columns = 3
    lines = -(-len(networks) // columns)
    sheet = Sheet(
        width,
        SIDE + 0.5 + 0.15 * lines,
        title="Can instability be read off the weights?",
        notes="Bars: 95% intervals over seeds. Dashed: where the bound would be reached. Certified distances are in "
        "szegedy2014_stability.",
    )
    side = (sheet.width - 2 * MARGIN - 0.4 - GAP - 0.08) / 2
    for place, (x, y, words) in enumerate(PANELS):
        axes = sheet.panel(MARGIN + 0.4 + place * (side + GAP), 0.05, side, SIDE)
        plain(axes, "product of the layers' operator norms", words)
        _points(axes, found, looks, x, y)
        if y == "slope":
            ends = axes.get_xlim()
            axes.plot(ends, ends, color=FAINT, linewidth=0.8, linestyle="--", zorder=1)
            axes.set_xlim(ends)
            up = _steps(axes.get_ylim())
            axes.set_yticks(list(up), list(up.values()))
        across = _steps(axes.get_xlim())
        axes.set_xticks(list(across), list(across.values()))
    room = (inches(width) - 2 * MARGIN) / columns - 0.5
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="", markersize=4, label=cut(lettered(name), NOTE, room))
        for name, (colour, marker) in looks.items()
    ]
    sheet.legend(handles, SIDE + 0.42, columns)
    return sheet.figure


def _points(
    axes: Axes, found: Mapping[tuple[str, str], Row], looks: Mapping[str, tuple[str, str]], x: str, y: str
) -> None:
    axes.set_xscale("log")
    if y == "slope":
        axes.set_yscale("log")
    for network, (colour, marker) in looks.items():
        across, up = (found.get((network, name), {}) for name in (x, y))
        if across.get("ours") and up.get("ours"):
            axes.plot(across["ours"], up["ours"], marker, color=colour, markersize=4.5, zorder=3)
            for bar, is_across in ((across, True), (up, False)):
                if bar["low"] is not None:
                    ends = [max(bar["low"], 1e-9), bar["high"]]
                    line = (ends, [up["ours"]] * 2) if is_across else ([across["ours"]] * 2, ends)
                    axes.plot(*line, color=colour, linewidth=1)
    axes.minorticks_off()


def _steps(ends: tuple[float, float]) -> dict[float, str]:
    """1, 2, 5, 10, ... between the ends of a logarithmic axis."""
    steps = [step * 10.0**power for power in range(-9, 10) for step in (1, 2, 5)]
    return {step: f"{step:g}" for step in steps if ends[0] <= step <= ends[1]}
