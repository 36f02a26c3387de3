"""Fooling images round by round: what still fools a network that learns earlier ones as a class for nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from matplotlib.figure import Figure

from analysis.figures._paper import FAINT, INK, paper
from analysis.figures._sheet import MARGIN, NOTE, Row, Sheet, beside, entries, inches, publish
from analysis.pixels import Picture, bitmap, pictures
from analysis.tables import literal
from transfer.errors import TransferError
from transfer.store import Store

SQL = beside(__file__)
SIDE, GAP, LINE = 0.52, 0.05, 0.13  # inches: an image at most, between two, and a line of text
HEAD, TOLD = 0.75, 1.0  # inches for what a line of images is, and for what is counted of all of them
COLUMNS = {"column": 4, "page": 10}  # goals side by side
Shown = Mapping[tuple[str, int], Picture]  # by craft and image


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, results: Path | str, width: str = "page") -> str:
    """Draws the rounds of a study; all that is written is ASCII, so no character lacks a font."""
    rows = entries(connection, SQL)
    if not rows:
        raise TransferError("Q089", "no network called background has images of an attack called fooling.")
    inches(width)  # an unknown one is told before any image is read
    goals = sorted({row["goal"] for row in rows})[: COLUMNS[width]]
    rows = [row for row in rows if row["goal"] in goals]
    where = f"role = 'clean' and part = {literal(rows[0]['part'])}"
    ((clean,),) = connection.execute(f"select craft from crafts where {where}").fetchall()
    store, images = Store.open(results, writing=False), sorted({row["image"] for row in rows})
    crafts = [clean, *dict.fromkeys(row["craft"] for row in rows)]
    shown = {(craft, image): one for craft in crafts for image, one in pictures(store, craft, images).items()}
    with paper(""):
        publish(draw(rows, {**shown, **_clean(shown, clean)}, width), path, SQL, rows)
    return ""


def _clean(shown: Shown, craft: str) -> Shown:
    return {("clean", image): one for (of, image), one in shown.items() if of == craft}


def draw(rows: Sequence[Row], shown: Shown, width: str = "page") -> Figure:
    """A line of images for the clean ones, and for each round."""
    rounds = sorted({row["round"] for row in rows})
    goals = sorted({row["goal"] for row in rows})
    room = inches(width) - 2 * MARGIN - HEAD - TOLD
    side = min(SIDE, room / len(goals) - GAP)
    high = side + LINE + GAP
    sheet = Sheet(
        width,
        0.2 + (len(rounds) + 1) * high,
        title="Fooling images, round by round",
        subtitle="A class for nothing learns those of all earlier rounds",
        notes="Each column has one goal, the class that its images are moved toward, nothing being an answer like any "
        "other. Beneath: what the network says. To the right, of all images of that round, made on the network itself.",
    )
    for column, goal in enumerate(goals):
        x = MARGIN + HEAD + column * (side + GAP)
        sheet.text(x + side / 2, 0.1, f"to {goal}", fontsize=NOTE, color=FAINT, ha="center", va="center")
    first = [row for row in rows if row["round"] == rounds[0]]
    lines = [("clean", [{**row, "craft": "clean", "said": row["label"], "is_nothing": False} for row in first])]
    lines += [(f"round {one}", [row for row in rows if row["round"] == one]) for one in rounds]
    for line, (words, images) in enumerate(lines):
        y = 0.2 + line * high
        sheet.text(MARGIN, y + side / 2, words, fontsize=NOTE + 0.5, color=INK, va="center")
        for row in images:
            x = MARGIN + HEAD + goals.index(row["goal"]) * (side + GAP)
            _image(sheet, x, y, side, shown[row["craft"], row["image"]])
            said = "nothing" if row["is_nothing"] else f"{row['said']}"
            sheet.text(x + side / 2, y + side + LINE / 2, said, fontsize=5.5, color=FAINT, ha="center", va="center")
        if line:
            told = f"{100 * images[0]['fooled']:.0f}% fool\n{100 * images[0]['caught']:.0f}% caught"
            x = sheet.width - MARGIN - TOLD + 0.1
            sheet.text(x, y + side / 2, told, fontsize=NOTE, color=INK, va="center")
    return sheet.figure


def _image(sheet: Sheet, x: float, y: float, side: float, picture: Picture) -> None:
    axes = sheet.panel(x, y, side, side)
    axes.axis("off")
    axes.imshow(bitmap(picture), interpolation="nearest")
