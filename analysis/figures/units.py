"""The images that excite single units most beside those that excite random directions most, in one layer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from matplotlib.figure import Figure

from analysis.figures._paper import FAINT, INK, lettered, paper, unknown
from analysis.figures._sheet import MARGIN, NOTE, Row, Sheet, beside, entries, inches, publish
from analysis.pixels import Picture, bitmap, pictures
from analysis.tables import literal
from transfer.errors import TransferError
from transfer.store import Store

SQL = beside(__file__)
SIDES = {"unit": "single units", "direction": "random directions"}
GAP, LINE = 0.35, 0.06  # inches between the two sides, and between two rows


def of_results(
    connection: duckdb.DuckDBPyConnection, path: Path, *, results: Path | str, of: str = "", width: str = "page"
) -> str:
    """Draws one network of a study, `of` its name; returns the characters that no font on this machine has."""
    sql = SQL.replace("getvariable('model')", literal(of))
    rows = entries(connection, sql)
    if not rows:
        raise TransferError("Q089", f"unit_coherence was asked of no trained network{f' {of!r}' if of else ''}.")
    clean = f"select craft from crafts where role = 'clean' and part = {literal(rows[0]['part'])}"
    ((craft,),) = connection.execute(clean).fetchall()
    shown = pictures(Store.open(results, writing=False), craft, sorted({row["image"] for row in rows}))
    with paper(rows[0]["model"]):
        publish(draw(rows, shown, width), path, sql, rows)
        return unknown(rows[0]["model"])


def draw(rows: Sequence[Row], shown: Mapping[int, Picture], width: str = "page") -> Figure:
    """Two blocks of images, a line for each unit or direction."""
    tops, lines = max(row["rank"] for row in rows), max(row["number"] for row in rows)
    side = ((inches(width) - 2 * MARGIN - GAP) / 2 - 0.22) / tops
    sheet = Sheet(
        width,
        0.25 + lines * (side + LINE),
        title="Do single units mean more than random directions?",
        subtitle=lettered(f"{rows[0]['model']}, layer {rows[0]['layer']}: the images that excite each most"),
        notes=f"The first {lines} units and the first {lines} directions, {tops} images each, the most exciting first. "
        "Numbers: the unit or direction. Over all units: szegedy2014_units.",
    )
    for place, (basis, words) in enumerate(SIDES.items()):
        left = MARGIN + place * ((sheet.width - 2 * MARGIN + GAP) / 2)
        sheet.text(left + 0.22, 0.1, words, fontsize=NOTE + 1, color=INK, va="center")
        for row in rows:
            if row["basis"] == basis:
                x, y = left + 0.22 + (row["rank"] - 1) * side, 0.22 + (row["number"] - 1) * (side + LINE)
                axes = sheet.panel(x, y, side - 0.015, side - 0.015)
                axes.axis("off")
                axes.imshow(bitmap(shown[row["image"]]), interpolation="nearest")
                if row["rank"] == 1:
                    said = str(row["unit"])
                    sheet.text(left + 0.17, y + side / 2, said, fontsize=NOTE, color=FAINT, ha="right", va="center")
    return sheet.figure
