"""Refusing to answer: the share of wrong answers against the share that is answered, the surest first.

A column of panels for clean images, for images made on the answerer itself, and for those made on other models, where
there are any.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from analysis.answers import answer
from analysis.figures._paper import INK, lettered, paper, unknown
from analysis.figures._sheet import COLOURS, MARGIN, Row, Sheet, inches, legend_shape, plain, publish
from transfer.errors import TransferError

SHOWN = {"clean": "clean images", "own": "made on the answerer itself", "other": "made on models of other seeds"}
RULES = ("max probability", "margin")
VOTE = "agreement"
HIGH, GAP = 1.45, 0.24  # inches of a panel, and between two rows of them


def of_results(
    connection: duckdb.DuckDBPyConnection, path: Path, *, attack: str = "", budget: str = "", width: str = "page"
) -> str:
    """Draws the curves of a study; returns the characters that no font on this machine has."""
    named = "select attack, budget from crafts where role = 'attack' and $1 in ('', attack) and $2 in ('', budget)"
    first = connection.execute(f"{named} order by position limit 1", [attack, budget]).fetchone()
    if first is None:
        raise TransferError("Q089", "no attack of this name and budget was made, so there is nothing to refuse.")
    rows = [
        row
        for row in answer(connection, "risk_coverage").entries
        if row["shown"] == "clean" or (row["attack"], row["budget"]) == first
    ]
    if not rows:
        raise TransferError("Q089", "no model was shown these images, so there is nothing to refuse.")
    words = "".join(row["answerer"] for row in rows) + "".join(first)
    with paper(words):
        where = f"from risk_coverage where shown = 'clean' or (attack, budget) = {first}"
        publish(draw(rows, ", ".join(first), width), path, where, rows)
        return unknown(words)


def draw(rows: Sequence[Row], of: str, width: str = "page") -> Figure:
    """A line of panels for each rule; a committee's vote, refused by its agreement, is in all of them."""
    kinds = {kind: words for kind, words in SHOWN.items() if any(row["shown"] == kind for row in rows)}
    rules = [rule for rule in RULES if any(row["rule"] == rule for row in rows)] or list(RULES[:1])
    answerers = list(dict.fromkeys((row["answerer"], row["rule"] == VOTE) for row in rows))
    names = {one: lettered(f"{one[0]}, by agreement" if one[1] else one[0]) for one in answerers}
    looks = _looks(answerers)
    columns, lines = legend_shape(list(names.values()), inches(width) - 2 * MARGIN)
    panels = len(rules) * (HIGH + GAP)
    sheet = Sheet(
        width,
        0.2 + panels + 0.16 + 0.14 * lines,
        title="Does it help to refuse?",
        subtitle=f"Wrong answers among the surest, against how many are answered: {lettered(of)}",
        notes="Means over the networks of a family; bands: 95% intervals. The size of a margin is known to the "
        "answerer only where it is right, else it is at least what the answerer sees: those curves lie too high, if at "
        "all off.",
    )
    left = MARGIN + 0.42
    wide = (sheet.width - left - MARGIN - 0.2 * (len(kinds) - 1)) / len(kinds)
    for column, (shown, words) in enumerate(kinds.items()):
        x = left + column * (wide + 0.2)
        sheet.text(x, 0.1, words, fontsize=7.5, color=INK, va="center")
        for line, rule in enumerate(rules):
            axes = sheet.panel(x, 0.2 + line * (HIGH + GAP), wide, HIGH)
            for one in answerers:
                own = [row for row in rows if row["shown"] == shown and row["answerer"] == one[0]]
                own = [row for row in own if row["rule"] == (VOTE if one[1] else rule)]
                _curve(axes, own, *looks[one])
            is_last = line == len(rules) - 1
            plain(axes, "% answered" if is_last else "", f"{rule}: % wrong" if column == 0 else "")
            _scale(axes, is_last, column == 0)
    handles = [
        Line2D([], [], color=looks[one][0], linestyle=looks[one][1], linewidth=1.1, label=name)
        for one, name in names.items()
    ]
    sheet.legend(handles, 0.2 + panels + 0.12, columns)
    return sheet.figure


def _looks(answerers: Sequence[tuple[str, bool]]) -> dict[tuple[str, bool], tuple[str, str]]:
    """A colour and a line for each answerer: a committee's is dashed and black, the rest share seven colours."""
    single = [one for one in answerers if not one[1]]
    looks = {one: (COLOURS[place % 7], "-" if place < 7 else ":") for place, one in enumerate(single)}
    return looks | {one: (COLOURS[7], "--") for one in answerers if one[1]}


def _curve(axes: Axes, rows: Sequence[Row], colour: str, dashes: str) -> None:
    x = [row["coverage"] for row in rows]
    axes.plot(x, [row["ours"] for row in rows], color=colour, linestyle=dashes, linewidth=1.1)
    if rows and all(row["low"] is not None for row in rows):
        low, high = ([min(100, max(0, row[end])) for row in rows] for end in ("low", "high"))
        axes.fill_between(x, low, high, color=colour, alpha=0.1, linewidth=0)


def _scale(axes: Axes, is_last: bool, is_first: bool) -> None:
    axes.set_xlim(2, 102)
    axes.set_ylim(-2, 102)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    axes.tick_params(labelbottom=is_last, labelleft=is_first)
