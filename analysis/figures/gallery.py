"""One image as each attack changes it on each surrogate: clean, crafted, and the difference made larger.

The image is the first of the study that every model classifies right when clean, or the one that is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from matplotlib.figure import Figure

from analysis.figures._paper import FAINT, INK, cut, extent, lettered, paper, unknown
from analysis.figures._sheet import MARGIN, NOTE, Row, Sheet, beside, entries, inches, publish
from analysis.pixels import Picture, amplification, amplified, bitmap, pictures
from analysis.tables import literal
from transfer.errors import TransferError
from transfer.store import Store

SQL = beside(__file__)
SIDE, GAP = 0.5, 0.03  # inches that an image is wide at most, and between an image and its difference
LINE = 0.115  # inches that a line of text takes
COLUMNS = {"column": 2, "page": 5}  # attacks and budgets side by side
ROWS = 12  # surrogates, one of each family before a second of any


@dataclass(frozen=True)
class Gallery:
    """The rows that are shown, with their pixels."""

    image: int
    label: int
    clean: Picture
    cells: Mapping[tuple[str, tuple[str, str]], tuple[Row, Picture]]  # by surrogate, and attack and budget
    surrogates: Sequence[str]
    columns: Sequence[tuple[str, str]]
    left_out: tuple[int, int]  # surrogates, and attacks with a budget, that there is no room for


def of_results(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    results: Path | str,
    of: str = "",
    width: str = "page",
    part: str = "",
) -> str:
    """Draws one image of a study; returns the characters that no font on this machine has."""
    sql, rows = _rows(connection, of, part)
    words = "".join(f"{row['surrogate']}{row['attack']}{row['budget']}" for row in rows)
    shown = _gallery(connection, Store.open(results, writing=False), rows, width)
    with paper(words):
        kept = {row["craft"] for row, _ in shown.cells.values()}
        publish(draw(shown, width), path, sql, [row for row in rows if row["craft"] in kept])
        return unknown(words)


def _rows(connection: duckdb.DuckDBPyConnection, of: str, part: str) -> tuple[str, list[Row]]:
    """What is said of the image in every craft that has it, and the SQL for it."""
    if of and not of.isdecimal():
        raise TransferError(
            "Q089", f"an image is asked for by its number, not {of!r}. Without one, the first is shown."
        )
    first = entries(
        connection,
        f"""
        select crafts.part, verdicts.image
        from verdicts
        inner join crafts using (craft)
        where crafts.role = 'attack' {f"and crafts.part = {literal(part)}" if part else ""}
            {f"and verdicts.image = {of}" if of else ""}
        group by all
        order by count_if(not verdicts.is_target_right), min(crafts.position), verdicts.image
        limit 1
        """,
    )
    if not first:
        what = f"image {of}" if of else "an image"
        raise TransferError("Q089", f"no craft of an attack has {what}{f' of part {part}' if part else ''}.")
    sql = SQL.replace("getvariable('part')", literal(first[0]["part"]))
    sql = sql.replace("getvariable('image')", str(first[0]["image"]))
    return sql, entries(connection, sql)


def _gallery(connection: duckdb.DuckDBPyConnection, store: Store, rows: Sequence[Row], width: str) -> Gallery:
    surrogates = _spread({row["surrogate"]: row["family"] for row in rows})
    columns = _spread({(row["attack"], row["budget"]): row["attack"] for row in rows})
    inches(width)  # an unknown one is told before any image is read
    shown = surrogates[:ROWS], columns[: COLUMNS[width]]
    image, part = rows[0]["image"], rows[0]["part"]
    clean = f"select craft from crafts where role = 'clean' and part = {literal(part)}"
    ((craft,),) = connection.execute(clean).fetchall()
    cells = {
        (row["surrogate"], (row["attack"], row["budget"])): (row, pictures(store, row["craft"], [image])[image])
        for row in rows
        if row["surrogate"] in shown[0] and (row["attack"], row["budget"]) in shown[1]
    }
    return Gallery(
        image,
        rows[0]["label"],
        pictures(store, craft, [image])[image],
        cells,
        sorted(shown[0], key=[row["surrogate"] for row in rows].index),
        sorted(shown[1], key=[(row["attack"], row["budget"]) for row in rows].index),
        (len(surrogates) - len(shown[0]), len(columns) - len(shown[1])),
    )


def _spread(groups: Mapping[Any, object]) -> list[Any]:
    """The first of each group, then the second of each, and so on; in a group as they come."""
    seen: dict[object, int] = {}
    ranks = {}
    for name, group in groups.items():
        ranks[name] = seen[group] = seen.get(group, -1) + 1
    return sorted(groups, key=lambda name: ranks[name])


def draw(shown: Gallery, width: str = "page") -> Figure:
    """The picture of a gallery."""
    edge = max(extent(cut(lettered(name or ""), NOTE, 1.0), NOTE)[0] for name in shown.surrogates) + 0.1
    room = inches(width) - 2 * MARGIN - edge
    side = min(SIDE, (room / (len(shown.columns) + 0.5) - 0.12 - GAP) / 2)
    step = 2 * side + GAP + 0.12
    high = side + 2 * LINE + 0.08
    factor = amplification([picture - shown.clean for _, picture in shown.cells.values()])
    sheet = Sheet(
        width,
        0.32 + high * len(shown.surrogates),
        title="What the perturbations look like",
        subtitle=f"Image {shown.image} of the study, of class {shown.label}",
        notes=_notes(shown, factor),
    )
    x = MARGIN + edge
    sheet.text(x, 0.3, "clean", fontsize=NOTE, color=FAINT, va="bottom")
    for row, surrogate in enumerate(shown.surrogates):
        y = 0.34 + high * row
        name = cut(lettered(surrogate or ""), NOTE, 1.0)
        sheet.text(MARGIN, y + side / 2, name, fontsize=NOTE, va="center")
        if row == 0:
            _image(sheet, x, y, side, shown.clean)
    for column, head in enumerate(shown.columns):
        left = x + side + 0.12 + step * column
        for line, text in enumerate(head):
            said = cut(lettered(text), NOTE, 2 * side)
            sheet.text(left, 0.12 + line * 0.12, said, fontsize=NOTE, color=INK if line == 0 else FAINT, va="center")
        for row, surrogate in enumerate(shown.surrogates):
            if cell := shown.cells.get((surrogate, head)):
                _cell(sheet, left, 0.34 + high * row, side, cell, shown.clean, factor)
    return sheet.figure


def _cell(
    sheet: Sheet, x: float, y: float, side: float, cell: tuple[Row, Picture], clean: Picture, factor: float
) -> None:
    row, picture = cell
    _image(sheet, x, y, side, picture)
    _image(sheet, x + side + GAP, y, side, amplified(picture - clean, factor))
    says = "" if row["surrogate_crafted"] is None else f"says {row['surrogate_crafted']}, "
    said = f"{says}fools {row['fooled']} of {row['others']}" if row["others"] else says.rstrip(", ")
    sheet.text(x, y + side + 0.02, f"rms {row['rms']:.3f}", fontsize=5.5, color=FAINT, va="top")
    sheet.text(x, y + side + 0.02 + LINE, said, fontsize=5.5, color=FAINT, va="top")


def _image(sheet: Sheet, x: float, y: float, side: float, picture: Picture) -> None:
    axes = sheet.panel(x, y, side, side)
    axes.axis("off")
    axes.imshow(bitmap(picture), interpolation="nearest")


def _notes(shown: Gallery, factor: float) -> str:
    notes = [f"Left: as crafted. Right: minus clean, times {factor:g}, around grey. Beneath: the size, the class"]
    notes.append("that the surrogate says, and how many of the other models it fools.")
    for count, what in zip(shown.left_out, ("surrogates", "attacks and budgets"), strict=True):
        if count:
            notes.append(f"{count} more {what} are left out.")
    return " ".join(notes)
