"""How sure each network is of right and of wrong answers: clean images, its own adversarial ones, and controls."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from analysis.figures._paper import INK, cut, folded, lettered, paper, unknown
from analysis.figures._sheet import COLOURS, MARGIN, NOTE, Row, Sheet, beside, entries, plain, publish
from transfer.errors import TransferError

SQL = beside(__file__)
BINS = 20
HIGH, GAP = 0.62, 0.1  # inches of a panel, and between two
NAMES = 0.75  # inches that a name may take
ROWS, KINDS = 8, 5  # networks, and kinds of images, that there is room for
ANSWERS = {True: (COLOURS[0], "right"), False: (COLOURS[1], "wrong")}


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the answers of a study; returns the characters that no font on this machine has."""
    rows = entries(connection, SQL)
    if not rows:
        raise TransferError("Q089", "no network was shown what an attack made on it, so there is nothing to draw.")
    words = "".join(row["network"] + row["kind"] for row in rows)
    with paper(words):
        publish(draw(rows, width), path, SQL, rows)
        return unknown(words)


def draw(rows: Sequence[Row], width: str = "page") -> Figure:
    """A line of panels for each network, a column for each kind of image."""
    every = list(dict.fromkeys(row["network"] for row in rows))
    kinds = list(dict.fromkeys(row["kind"] for row in rows))[:KINDS]
    networks = every[:ROWS]
    more = f" {len(every) - ROWS} more networks are left out." if len(every) > ROWS else ""
    sheet = Sheet(
        width,
        0.2 + len(networks) * (HIGH + GAP) + 0.55,
        title="How sure are right and wrong answers?",
        notes="Each panel is 100% of the answers to one kind of image, made on the network itself, by how sure the "
        f"network says it is; where its probabilities need not sum to one, by its own confidence.{more}",
    )
    left = MARGIN + NAMES + 0.35
    wide = (sheet.width - left - MARGIN - 0.16 * (len(kinds) - 1) - 0.08) / len(kinds)
    for column, kind in enumerate(kinds):
        x = left + column * (wide + 0.16)
        sheet.text(x, 0.1, cut(lettered(kind.replace("_", " ")), 8, wide), fontsize=8, color=INK, va="center")
        for line, network in enumerate(networks):
            axes = sheet.panel(x, 0.2 + line * (HIGH + GAP), wide, HIGH)
            is_last = line == len(networks) - 1
            plain(axes, "confidence" if is_last else "")
            _panel(axes, [row for row in rows if (row["network"], row["kind"]) == (network, kind)])
            axes.tick_params(labelbottom=is_last, labelleft=column == 0)
            if column == 0:
                words = "\n".join(cut(one, NOTE, NAMES) for one in folded(lettered(network), NOTE, NAMES)[:3])
                sheet.text(MARGIN, 0.2 + line * (HIGH + GAP) + HIGH / 2, words, fontsize=NOTE, color=INK, va="center")
    handles = [
        Line2D([], [], color=colour, marker="s", linestyle="", label=f"{words} answers, in %")
        for colour, words in ANSWERS.values()
    ]
    sheet.legend(handles, 0.2 + len(networks) * (HIGH + GAP) + 0.3, 2)
    return sheet.figure


def _panel(axes: Axes, rows: Sequence[Row]) -> None:
    every = sum(row["answers"] for row in rows)
    beneath = [0.0] * BINS
    for is_right, (colour, _) in ANSWERS.items():
        share = [0.0] * BINS
        for row in rows:
            if row["is_right"] == is_right:
                share[row["bin"]] += 100 * row["answers"] / every
        axes.bar([(place + 0.5) / BINS for place in range(BINS)], share, 0.9 / BINS, bottom=beneath, color=colour)
        beneath = [low + high for low, high in zip(beneath, share, strict=True)]
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 102)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.yaxis.set_major_locator(FixedLocator([0, 50, 100]))
