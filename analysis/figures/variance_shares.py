"""What explains transfer: the shares of its variance, with intervals, for each drawing of the training halves."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from analysis.answers import answer
from analysis.figures._paper import lettered, paper, unknown
from analysis.figures._sheet import COLOURS, MARGIN, NOTE, Row, Sheet, legend_shape, plain, publish
from transfer.errors import TransferError

LINE, NAMES = 0.3, 1.15  # inches: a term, and the room for its name


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the shares of a study; returns the characters that no font on this machine has."""
    rows = list(answer(connection, "factorial_shares").entries)
    if not rows:
        raise TransferError(
            "Q089", "too few pairs of models were shown each other's examples, so nothing is explained."
        )
    words = "".join(f"{row['attack']}{row['budget']}{row['drawing']}" for row in rows)
    with paper(words):
        publish(draw(rows, width), path, "from factorial_shares", rows)
        return unknown(words)


def draw(rows: Sequence[Row], width: str = "page") -> Figure:
    """A panel for each attack and budget, a line for each term, a point for each drawing."""
    panels = list(dict.fromkeys((row["attack"], row["budget"], row["part"]) for row in rows))
    terms = list(dict.fromkeys(row["term"] for row in rows))
    drawings = list(dict.fromkeys(row["drawing"] for row in rows))
    names = [lettered(f"halves {one}1 and {one}2") for one in drawings]
    high = LINE * len(terms)
    sheet = Sheet(
        width,
        0.25 + high + 0.6,
        title="What explains who fools whom?",
        notes="Shares of the variance of logit fooling rates over ordered pairs of models, binomial noise taken out; "
        "lines: 95% intervals, each model left out in turn. Both: same architecture and same half, beyond the two.",
    )
    left = MARGIN + NAMES
    wide = (sheet.width - left - MARGIN - 0.05 - 0.25 * (len(panels) - 1)) / len(panels)
    for column, panel in enumerate(panels):
        axes = sheet.panel(left + column * (wide + 0.25), 0.25, wide, high)
        plain(axes, "% of the variance")
        axes.set_title(lettered(", ".join(panel[:2])), fontsize=NOTE + 1, loc="left", pad=4)
        for row in rows:
            if (row["attack"], row["budget"], row["part"]) != panel:
                continue
            place = drawings.index(row["drawing"])
            y = terms.index(row["term"]) + (place - (len(drawings) - 1) / 2) * 0.22
            if row["low"] is not None:
                axes.plot([100 * row["low"], 100 * row["high"]], [y, y], color=COLOURS[place], linewidth=1.1)
            axes.plot([100 * row["share"]], [y], "o", color=COLOURS[place], markersize=3)
        axes.set_xlim(-2, 102)
        axes.set_ylim(len(terms) - 0.5, -0.5)
        axes.xaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
        axes.set_yticks(range(len(terms)), terms if column == 0 else [""] * len(terms))
    handles = [
        Line2D([], [], color=COLOURS[place], marker="o", markersize=3, linewidth=1.1, label=name)
        for place, name in enumerate(names)
    ]
    sheet.legend(handles, 0.25 + high + 0.38, legend_shape(names, sheet.width - 2 * MARGIN)[0])
    return sheet.figure
