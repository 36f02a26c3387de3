"""How many orthogonal directions fool two networks at once, and how far their boundaries are along three directions."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator

from analysis.answers import answer
from analysis.figures._paper import FAINT, cut, extent, lettered, paper, unknown
from analysis.figures._sheet import COLOURS, MARGIN, NOTE, Row, Sheet, plain, publish
from transfer.errors import TransferError

DIMENSIONS = {"dimensions": "that gain as much", "model": "that fool the first", "both": "that fool both"}
DISTANCES = {"model": "to the first's boundary", "other": "to the other's", "between": "between them"}
PANELS = ("orthogonal directions", "legitimate", "adversarial", "random")
BAR, NAMES = 0.13, 1.15  # inches: a bar, and at most a name


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the pairs of networks of a study; returns the characters that no font on this machine has."""
    counted = answer(connection, "tramer2017_dimensions").entries
    distances = answer(connection, "tramer2017_boundaries").entries
    rows = [{**row, "panel": PANELS[0], "measure": row["quantity"]} for row in counted if row["quantity"] in DIMENSIONS]
    rows += [{**row, "panel": row["direction"]} for row in distances if row["measure"] in DISTANCES]
    if not counted or not distances:
        raise TransferError("Q089", "no pair of models was asked both gaas and boundary_distance.")
    keys = ("panel", "network", "other", "measure", "ours", "low", "high", "seeds")
    drawn = [{key: row[key] for key in keys} for row in rows]
    words = "".join(f"{row['network']}{row['other']}" for row in drawn)
    with paper(words):
        publish(draw(drawn, width), path, "from tramer2017_dimensions; from tramer2017_boundaries", drawn)
        return unknown(words)


def draw(rows: Sequence[Row], width: str = "page") -> Figure:
    """Four panels side by side, three bars in each for each ordered pair of networks."""
    pairs = list(dict.fromkeys((row["network"], row["other"]) for row in rows))
    names = [cut(lettered(f"{one} → {other}"), NOTE + 0.5, NAMES) for one, other in pairs]
    high = len(pairs) * (3 * BAR + 0.12)
    sheet = Sheet(
        width,
        0.25 + high + 0.75,
        title="How many directions fool two networks at once, and how near are their boundaries?",
        notes="Means over images that both get right; lines: 95% intervals over seeds. Distances (l2) are of images "
        "along whose direction both are wrong somewhere; they leave the box.",
    )
    left = MARGIN + max(extent(name, NOTE + 0.5)[0] for name in names) + 0.1
    wide = (sheet.width - left - MARGIN - 0.05 - 3 * 0.18) / len(PANELS)
    for place, panel in enumerate(PANELS):
        axes = sheet.panel(left + place * (wide + 0.18), 0.25, wide, high)
        plain(axes, "how many" if place == 0 else "distance")
        axes.grid(axis="y", visible=False)
        measures = DIMENSIONS if place == 0 else DISTANCES
        _bars(axes, [row for row in rows if row["panel"] == panel], pairs, list(measures))
        axes.set_yticks(range(len(pairs)), names if place == 0 else [""] * len(pairs))
        axes.set_title(panel, fontsize=NOTE + 1, loc="left", pad=4)
    handles = [
        Line2D([], [], color=colour, linewidth=4, label=f"{one}; {other}")
        for colour, one, other in zip(COLOURS, DIMENSIONS.values(), DISTANCES.values(), strict=False)
    ]
    sheet.legend(handles, 0.25 + high + 0.42, 3)
    return sheet.figure


def _bars(axes: Axes, rows: Sequence[Row], pairs: Sequence[tuple[str, str]], measures: Sequence[str]) -> None:
    for row in rows:
        if row["ours"] is None:
            continue
        number = measures.index(row["measure"])
        y = pairs.index((row["network"], row["other"])) + (number - 1) * 0.26
        axes.barh(y, row["ours"], height=0.24, color=COLOURS[number], linewidth=0)
        if row["low"] is not None:
            axes.plot([max(row["low"], 0), row["high"]], [y, y], color=FAINT, linewidth=0.9)
    axes.set_ylim(len(pairs) - 0.5, -0.5)
    most = max((row["high"] or row["ours"] or 0 for row in rows), default=0)
    axes.set_xlim(0, most * 1.05 or 1)
    axes.xaxis.set_major_locator(FixedLocator(MaxNLocator(3).tick_values(0, most)[:-1] if most else [0]))
