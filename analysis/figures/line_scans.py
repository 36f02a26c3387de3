"""The logits of each network along lines through one image: the sign of the gradient, random signs, another image."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures._paper import FAINT, INK, cut, lettered, paper, unknown
from analysis.figures._sheet import COLOURS, MARGIN, NOTE, Row, Sheet, beside, entries, plain, publish
from transfer.errors import TransferError

SQL = beside(__file__)
LINES = {"sign": "along the gradient's sign", "random": "along random signs", "other": "toward another image"}
HIGH, GAP = 1.0, 0.1  # inches of a panel, and between two
GREY = "#bdbdbd"


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the lines of a study; returns the characters that no font on this machine has."""
    rows = entries(connection, SQL)
    if not rows:
        raise TransferError("Q089", "no line was scanned through an image that a network classifies right.")
    words = "".join(row["network"] for row in rows)
    with paper(words):
        publish(draw(rows, width), path, SQL, rows)
        return unknown(words)


def draw(rows: Sequence[Row], width: str = "page") -> Figure:
    """A panel for each network and line, a curve in it for each class."""
    networks = list(dict.fromkeys(row["network"] for row in rows))
    image, label = rows[0]["image"], rows[0]["label"]
    sheet = Sheet(
        width,
        0.2 + len(networks) * (HIGH + GAP) + 0.25,
        title="How straight are the logits along a line?",
        subtitle=f"Image {image} of the study, of class {label}, in the middle of each line",
        notes=f"Blue: the logit of class {label}. Orange: the class that is ahead at the right end, where it is "
        "another. Grey: the other classes. Along the gradient's sign the loss rises to the right. Lines leave the box.",
    )
    left = MARGIN + 0.55
    wide = (sheet.width - left - MARGIN - 0.1 - 2 * 0.3) / len(LINES)
    for column, (line, words) in enumerate(LINES.items()):
        x = left + column * (wide + 0.3)
        sheet.text(x, 0.1, lettered(words), fontsize=7.5, color=INK, va="center")
        for row, network in enumerate(networks):
            axes = sheet.panel(x, 0.2 + row * (HIGH + GAP), wide, HIGH)
            plain(axes, "distance as rms" if row == len(networks) - 1 else "")
            _curves(axes, [one for one in rows if one["network"] == network and one["line"] == line], label)
            if row < len(networks) - 1:
                axes.tick_params(labelbottom=False)
            if column == 0:
                axes.set_ylabel(cut(lettered(network), NOTE + 1, HIGH), fontsize=NOTE + 1, color=INK, labelpad=3)
    return sheet.figure


def _curves(axes: Axes, rows: Sequence[Row], label: int) -> None:
    if not rows:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, fontsize=NOTE, color=FAINT, ha="center")
        return
    ahead = max(rows, key=lambda row: row["logits"][-1])["class"]
    looks = {ahead: (COLOURS[1], 1.2, 3), label: (COLOURS[0], 1.4, 4)}
    for row in rows:
        colour, thick, layer = looks.get(row["class"], (GREY, 0.6, 2))
        axes.plot(row["places"], np.asarray(row["logits"]), color=colour, linewidth=thick, zorder=layer)
    axes.axvline(0, color=FAINT, linewidth=0.5, zorder=1)
    axes.set_xlim(rows[0]["places"][0], rows[0]["places"][-1])
