"""Noise around adversarial and clean images: how often the answer stays as it was, against how large the noise is."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from analysis.answers import answer
from analysis.figures._paper import INK, cut, lettered, paper, unknown
from analysis.figures._sheet import COLOURS, MARGIN, Row, Sheet, plain, publish
from transfer.errors import TransferError

# Place and answer: the colour, the line, and what it is called.
CURVES = {
    ("crafted", "adversarial"): (COLOURS[1], "-", "around the adversarial image: still its class"),
    ("crafted", "original"): (COLOURS[1], "--", "around the adversarial image: the label"),
    ("clean", "original"): (COLOURS[0], "-", "around the clean image: still the label"),
    ("clean", "adversarial"): (COLOURS[0], "--", "around the clean image: the adversarial class"),
}
HIGH, GAP = 1.5, 0.28  # inches of a panel, and between two rows of them


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the curves of a study; returns the characters that no font on this machine has."""
    rows = [row for row in answer(connection, "tabacof2016_noise").entries if row["multiplier"] is not None]
    if not rows:
        raise TransferError("Q089", "the probe neighbourhood was asked of no craft that fools, so there is no curve.")
    words = "".join(row["network"] for row in rows)
    with paper(words):
        publish(draw(rows, width), path, "from tabacof2016_noise where multiplier is not null", rows)
        return unknown(words)


def draw(rows: Sequence[Row], width: str = "page") -> Figure:
    """A column for each network, a line of panels for each budget."""
    networks = list(dict.fromkeys(row["network"] for row in rows))
    budgets = list(dict.fromkeys(row["budget"] for row in rows))
    sheet = Sheet(
        width,
        0.2 + len(budgets) * (HIGH + GAP) + 0.55,
        title="Are adversarial images isolated points?",
        notes="Gaussian noise in every pixel, clipped to the box, its deviation over the perturbation's on the axis. "
        "Bands: Wilson's 95% intervals, each image counted once. Images that are right when clean and wrong "
        "when crafted.",
    )
    left = MARGIN + 0.42
    wide = (sheet.width - left - MARGIN - 0.2 * (len(networks) - 1)) / len(networks)
    for column, network in enumerate(networks):
        x = left + column * (wide + 0.2)
        sheet.text(x, 0.1, cut(lettered(network), 8, wide), fontsize=8, color=INK, va="center")
        for line, budget in enumerate(budgets):
            axes = sheet.panel(x, 0.2 + line * (HIGH + GAP), wide, HIGH)
            _panel(axes, [row for row in rows if (row["network"], row["budget"]) == (network, budget)])
            is_last = line == len(budgets) - 1
            plain(axes, "noise / perturbation" if is_last else "", f"{budget}: % of answers" if column == 0 else "")
            axes.tick_params(labelbottom=is_last, labelleft=column == 0)
    handles = [
        Line2D([], [], color=colour, linestyle=dashes, linewidth=1.3, label=words)
        for colour, dashes, words in CURVES.values()
    ]
    sheet.legend(handles, 0.2 + len(budgets) * (HIGH + GAP) + 0.15, 2)
    return sheet.figure


def _panel(axes: Axes, rows: Sequence[Row]) -> None:
    axes.set_xscale("log", base=2)
    for (place, answers), (colour, dashes, _) in CURVES.items():
        curve = [row for row in rows if (row["place"], row["answer"]) == (place, answers)]
        x = [row["multiplier"] for row in curve]
        axes.plot(x, [row["rate"] for row in curve], color=colour, linestyle=dashes, linewidth=1.3)
        if dashes == "-":
            low, high = ([row[end] for row in curve] for end in ("low", "high"))
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set_ylim(-2, 102)
    axes.yaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    axes.xaxis.set_major_locator(FixedLocator([1 / 32, 1 / 4, 1, 4, 32]))
    axes.xaxis.set_major_formatter(lambda value, place: f"{value:g}" if value >= 1 else f"1/{1 / value:.0f}")
    axes.minorticks_off()
