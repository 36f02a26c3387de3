"""Eight things that are said of adversarial examples, each held against what was measured, with intervals."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from analysis.answers import answer
from analysis.figures._paper import FAINT, INK, paper
from analysis.figures._sheet import COLOURS, MARGIN, NOTE, Row, Sheet, plain, publish
from transfer.errors import TransferError

LINE, HEAD, NAMES, VALUES = 0.135, 0.17, 2.75, 1.05  # inches: a case, a claim, the room for names and for numbers


def _noise(family: str, quantity: str = "confident", other: str | None = None) -> dict[str, Any]:
    return {"family": family, "other": other, "quantity": quantity}


def _refused(answerer: str, shown: str, rule: str) -> dict[str, Any]:
    return {"answerer": answerer, "shown": shown, "rule": rule, "coverage": 50}


def _one_class(crafted_on: str, shown_to: str, measure: str) -> dict[str, Any]:
    return {"crafted_on": crafted_on, "shown_to": shown_to, "measure": measure}


# What is said; the question that answers it; and the cases that are drawn, each with the row that it is.
CLAIMS: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]] = {
    ("Noise is taken for nothing: % of noise that some class is sure of", "noise"): {
        name: _noise(name) for name in ("plain", "linear", "lenet", "adversarial 0.25", "neighbours")
    },
    ("Fooling images fool one network: % that another gives the class too", "noise"): {
        f"{one} → {other}{' (another seed)' if one == other else ''}": _noise(one, "agreed", other)
        for one, other in (("plain", "plain"), ("plain", "lenet"), ("lenet", "plain"), ("plain", "neighbours"))
    },
    ("Nearest neighbours are safe: % fooled by images made on", "fooled"): {
        name: {"crafted_on": name, "shown_to": "neighbours"} for name in ("plain", "linear", "lenet", "neighbours")
    },
    ("Regularisers help: % fooled at rms 0.03", "arms"): {
        name: {"family": name, "measure": "own"} for name in ("plain", "dropout", "weight decay")
    },
    ("Let it refuse: % wrong of the surest half", "refusing"): {
        "plain, clean images": _refused("plain", "clean", "max probability"),
        "plain, images made on others": _refused("plain", "other", "max probability"),
        "plain, images made on itself": _refused("plain", "own", "max probability"),
        "committee, images made on others": _refused("committee", "other", "agreement"),
        "committee, images made on itself": _refused("committee", "own", "agreement"),
    },
    ("Each errs in its own way: % of mistakes of both that are of one class", "same_class"): {
        "all pairs of families": _one_class("any", "any", "same class"),
        "the same, by chance": _one_class("any", "any", "by chance"),
        "linear → lenet": _one_class("linear", "lenet", "same class"),
        "the same, by chance ": _one_class("linear", "lenet", "by chance"),
    },
    ("Who never saw it cannot attack it: % of a black box's answers changed", "fooled"): {
        f"made on {name}": {"crafted_on": name, "shown_to": "black box"} for name in ("substitute", "lenet")
    },
    ("Training on attacks costs nothing: % clean test error", "arms"): {
        name: {"family": name, "measure": "clean error"} for name in ("plain", "adversarial 0.1", "adversarial 0.25")
    },
}


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the claims of a study of this form; returns the characters that no font on this machine has."""
    asked = {question: answer(connection, f"misconceptions_{question}").entries for _, question in CLAIMS}
    rows = []
    for (claim, question), cases in CLAIMS.items():
        for case, where in cases.items():
            for row in asked[question]:
                if all(row[column] == value for column, value in where.items()):
                    rows.append({"claim": claim, "case": case, **{key: row[key] for key in ("ours", "low", "high")}})
    if not rows:
        raise TransferError("Q089", "no model of this study is of a family that the misconceptions are tried on.")
    with paper(""):
        publish(draw(rows, width), path, "; ".join(f"from misconceptions_{question}" for question in asked), rows)
    return ""


def draw(rows: Sequence[Row], width: str = "page") -> Figure:
    """A line for each case under its claim, all on one scale."""
    claims = list(dict.fromkeys(row["claim"] for row in rows))
    high = len(claims) * HEAD + len(rows) * LINE
    sheet = Sheet(
        width,
        high + 0.3,
        title="Eight things that are said, and what was measured",
        notes="Points: means over networks of several seeds; lines: 95% intervals. Attack: fgsm within linf 0.25, "
        "where nothing else is said.",
    )
    axes = sheet.panel(MARGIN + NAMES, 0.0, sheet.width - 2 * MARGIN - NAMES - VALUES, high)
    plain(axes, "%")
    axes.set_xlim(-2, 102)
    axes.set_ylim(high, 0)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    y = 0.0
    for number, claim in enumerate(claims):
        sheet.text(MARGIN, y + HEAD / 2, claim, fontsize=NOTE, fontweight="bold", color=INK, va="center")
        axes.axhspan(y, y + HEAD, color="white", zorder=1.5, linewidth=0)
        y += HEAD
        for row in (row for row in rows if row["claim"] == claim):
            _case(sheet, row, y + LINE / 2)
            if row["low"] is not None:
                ends = [max(0, row["low"]), min(100, row["high"])]
                axes.plot(ends, [y + LINE / 2] * 2, color=COLOURS[number % 2], linewidth=1.2)
            axes.plot([row["ours"]], [y + LINE / 2], "o", color=COLOURS[number % 2], markersize=3.2)
            y += LINE
    return sheet.figure


def _case(sheet: Sheet, row: Row, y: float) -> None:
    look = {"fontsize": NOTE, "va": "center_baseline", "color": FAINT}
    sheet.text(MARGIN + NAMES - 0.1, y, row["case"].strip(), ha="right", **look)
    known = row["low"] is not None
    text = f"{row['ours']:.1f} [{row['low']:.1f}, {row['high']:.1f}]" if known else f"{row['ours']:.1f}"
    sheet.text(sheet.width - MARGIN, y, text.replace("-", "−"), ha="right", **look)
