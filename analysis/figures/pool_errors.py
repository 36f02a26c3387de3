"""Test errors of ways of training, seed by seed pooled, beside those that a paper prints."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.answers import answer
from analysis.figures._paper import INK, cut, extent, lettered, paper, unknown
from analysis.figures._sheet import COLOURS, MARGIN, NOTE, Row, Sheet, plain, publish
from transfer.errors import TransferError

LINE, NAMES = 0.24, 1.6  # inches: a way of training, and at most its name


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "column") -> str:
    """Draws the errors of a study; returns the characters that no font on this machine has."""
    rows = [row for row in answer(connection, "szegedy2014_pool_errors").entries if row["measure"] == "test error"]
    if not rows:
        raise TransferError(
            "Q089", "no network of this study is trained in a way of the paper, so no error stands beside its."
        )
    words = "".join(row["arm"] for row in rows)
    with paper(words):
        publish(draw(rows, width), path, "from szegedy2014_pool_errors where measure = 'test error'", rows)
        return unknown(words)


def draw(rows: Sequence[Row], width: str = "column") -> Figure:
    """A line for each way of training: ours with its interval, and what is published."""
    names = [cut(lettered(row["arm"]), NOTE + 0.5, NAMES) for row in rows]
    high = LINE * len(rows)
    sheet = Sheet(
        width,
        high + 0.6,
        title="Does a pool of adversarial examples regularise?",
        notes="Means over seeds; lines: 95% intervals. Published: Szegedy et al. 2014, section 4.2; for the pool the "
        "paper says under.",
    )
    left = MARGIN + max(extent(name, NOTE + 0.5)[0] for name in names) + 0.1
    axes = sheet.panel(left, 0.0, sheet.width - left - MARGIN - 0.1, high)
    plain(axes, "% of test images wrong")
    axes.grid(axis="y", visible=False)
    for y, row in enumerate(rows):
        if row["low"] is not None:
            axes.plot([row["low"], row["high"]], [y, y], color=COLOURS[0], linewidth=1.2)
        axes.plot([row["ours"]], [y], "o", color=COLOURS[0], markersize=4)
        if row["published"] is not None:
            axes.plot([row["published"]], [y], "D", color=COLOURS[1], markerfacecolor="white", markersize=4)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), names, color=INK)
    handles = [
        Line2D([], [], color=COLOURS[0], marker="o", markersize=4, linewidth=1.2, label="ours"),
        Line2D(
            [], [], color=COLOURS[1], marker="D", markersize=4, markerfacecolor="white", linewidth=0, label="published"
        ),
    ]
    sheet.legend(handles, high + 0.38, 2)
    return sheet.figure
