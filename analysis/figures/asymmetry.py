"""Who fools whom more than the other way round: the rate there minus the rate back, for each pair of models.

Orange: what is crafted on the model of the row fools the one of the column more often than it is fooled. Each pair is
judged on the images that both classify right when clean (McNemar's exact test, corrected for all pairs by Holm).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.answers import after
from analysis.figures._paper import FAINT, INK, cut, extent, lettered, paper, unknown
from analysis.figures._sheet import MARGIN, NOTE, Row, Sheet, entries, inches, publish
from analysis.matrix import Matrix, matrix
from analysis.questions import question
from analysis.tables import literal
from transfer.errors import TransferError

COLOURS = colormaps["PuOr_r"]
NAMES = 1.3  # inches that a name may take
SIDE = 0.5  # inches that a square is wide at most
LEAST = 0.075  # the same at least
BAR = 0.62  # inches that the scale takes
NUMBERED = 0.17  # a smaller square has no room for its number
LEVEL = 0.05


def of_results(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    width: str = "column",
    attack: str = "",
    budget: str = "",
    part: str = "",
) -> str:
    """Draws the asymmetry of one attack and budget; returns the characters that no font on this machine has."""
    shown = matrix(connection, attack=attack, budget=budget, part=part)
    sql, found = pairs(connection, shown.chosen)
    words = "".join(label.name for label in shown.columns) + shown.heading
    with paper(words):
        publish(draw(shown, found, width), path, sql, found)
        return unknown(words)


def pairs(connection: duckdb.DuckDBPyConnection, chosen: Mapping[str, str]) -> tuple[str, list[Row]]:
    """One row per pair of models with p and p_holm, of these pairs alone, and the SQL that counts it."""
    where = " and ".join(f"{word} = {literal(chosen[word])}" for word in ("attack", "budget", "part"))
    sql = f"from asymmetry\nwhere {where}\n"
    found = after(question("asymmetry"), entries(connection, sql))
    if not found:
        raise TransferError("Q089", "no two models were shown what was crafted on the other, so there is no asymmetry.")
    return sql, found


def draw(shown: Matrix, found: Sequence[Row], width: str = "column") -> Figure:
    """The picture of pairs, in the order of the matrix."""
    involved = {row["model"] for row in found} | {row["other"] for row in found}
    names = [label.name for label in shown.columns if label.name in involved]
    short = [cut(lettered(name), NOTE, NAMES) for name in names]
    edge = max(extent(name, NOTE)[0] for name in short) + 0.08
    side = min((inches(width) - 2 * MARGIN - edge - BAR) / len(names), SIDE)
    if side < LEAST and width != "page":
        return draw(shown, found, "page")  # names would cover each other
    size = min(NOTE, 0.85 * 72 * side)
    high = edge + side * len(names)
    sheet = Sheet(
        width,
        high + 0.1,
        title="Asymmetry of transfer",
        subtitle=shown.heading,
        notes=_notes(found, side),
    )
    axes = sheet.panel(MARGIN + edge, edge, side * len(names), side * len(names))
    axes.axis("off")
    axes.set_xlim(0, len(names))
    axes.set_ylim(len(names), 0)
    largest = max(5.0, *(abs(row["difference"] or 0.0) for row in found))
    colours = ScalarMappable(Normalize(-largest, largest), COLOURS)
    for place, name in enumerate(short):
        sheet.text(MARGIN + edge - 0.05, edge + side * (place + 0.5), name, fontsize=size, ha="right", va="center")
        x = MARGIN + edge + side * (place + 0.5)
        sheet.text(x, edge - 0.05, name, fontsize=size, rotation=90, ha="center", va="bottom")
        axes.add_artist(Rectangle((place + 0.03, place + 0.03), 0.94, 0.94, facecolor="#efefef", linewidth=0))
    for row in found:
        one, other = names.index(row["model"]), names.index(row["other"])
        if row["difference"] is None:
            continue
        is_sure = _is_sure(row)
        _square(axes, other, one, row["difference"], largest, side, is_sure=is_sure)
        _square(axes, one, other, -row["difference"], largest, side, is_sure=is_sure)
    _bar(sheet, colours, MARGIN + edge + side * len(names) + 0.12, edge, min(side * len(names), 2.5))
    return sheet.figure


def _is_sure(row: Row) -> bool:
    return row["p_holm"] is not None and row["p_holm"] < LEVEL


def _square(axes: Axes, x: int, y: int, points: float, largest: float, side: float, *, is_sure: bool) -> None:
    colour = COLOURS(0.5 + points / largest / 2)
    axes.add_artist(Rectangle((x + 0.03, y + 0.03), 0.94, 0.94, facecolor=colour, linewidth=0))
    size = min(7.0, side * 72 * 0.3)
    ink = "white" if abs(points) > 0.7 * largest else INK
    if side >= NUMBERED:
        text = f"{points:+.0f}".replace("+0", "0").replace("-0", "0")
        weight = "bold" if is_sure else "normal"
        axes.text(x + 0.5, y + 0.5, text, fontsize=size, color=ink, fontweight=weight, ha="center", va="center")
    elif is_sure:
        axes.plot([x + 0.5], [y + 0.5], marker="o", color=ink, markersize=side * 72 * 0.2)


def _bar(sheet: Sheet, colours: ScalarMappable, x: float, y: float, high: float) -> None:
    axes = sheet.panel(x, y, 0.1, high)
    bar = sheet.figure.colorbar(colours, cax=axes)
    bar.outline.set_visible(False)
    axes.tick_params(labelsize=6, length=2, colors=FAINT)
    axes.set_ylabel("percentage points", fontsize=NOTE, color=FAINT, labelpad=1)


def _notes(found: Sequence[Row], side: float) -> str:
    counts = [row["n"] for row in found]
    n = f"{min(counts):,}" if min(counts) == max(counts) else f"{min(counts):,} to {max(counts):,}"
    sure = sum(map(_is_sure, found))
    mark = "Bold" if side >= NUMBERED else "With a dot"
    return (
        f"Crafted on the model of the row and shown to that of the column, minus the other way round, of n = {n} "
        f"images that both classify right when clean. {mark}: {sure} of {len(found)} pairs that differ (McNemar's "
        "exact test, Holm's correction, 5%)."
    )
