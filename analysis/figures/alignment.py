"""Gradient alignment against likeness of perturbations, error ratio and fooling rate: a point a pair of models."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.answers import answer
from analysis.figures._paper import lettered, paper, unknown
from analysis.figures._sheet import MARGIN, NOTE, Row, Sheet, entries, look_of, plain, publish
from transfer.errors import TransferError

SQL = "from demontis2019_points"
PANELS = {
    "perturbations": ("likeness of perturbations", "their correlation, l2 5", 0),
    "ratio": ("black-box over white-box error", "ratio, l2 1", 1),
    "rate": ("fooling rate", "of images both get right, l2 1", 2),
}
SIDE, GAP = 1.75, 0.5  # inches


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "page") -> str:
    """Draws the pairs of a study; returns the characters that no font on this machine has."""
    rows = entries(connection, SQL)
    if not rows:
        text = "no pair of models of different splits has both gradient_alignment and pgd with l2 1 or l2 5."
        raise TransferError("Q089", text)
    words = "".join(row["surrogate_family"] for row in rows)
    with paper(words):
        publish(draw(rows, answer(connection, "demontis2019_relations").entries, width), path, SQL, rows)
        return unknown(words)


def draw(rows: Sequence[Row], relations: Sequence[Row], width: str = "page") -> Figure:
    """Three panels; a surrogate's colour is its technique, hollow where it is the weakly regularised twin."""
    families = list(dict.fromkeys(row["surrogate_family"] for row in rows))
    looks = look_of([family.removesuffix(" H").removesuffix(" L") for family in families])
    sheet = Sheet(
        width,
        SIDE + 0.9,
        title="Gradients that point the same way",
        subtitle="Each point: a surrogate and a target that saw other training images",
        notes="Colour: the surrogate. Filled: strongly regularised (L), hollow: weakly (H). r and tau: Pearson's and "
        "Kendall's correlations, their 95% intervals and the paper's are in demontis2019_relations.",
    )
    side = (sheet.width - 2 * MARGIN - 0.35 - 2 * GAP - 0.05) / 3
    for name, (title, words, place) in PANELS.items():
        axes = sheet.panel(MARGIN + 0.35 + place * (side + GAP), 0.4, side, SIDE)
        plain(axes, "cosine of gradients", words)
        axes.set_title(_title(title, relations, place), fontsize=NOTE + 0.5, loc="left", pad=4)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.set_xlim(min([0, *(row["x"] for row in rows if row["x"] is not None)]) - 0.03, 1.03)
        for row in rows:
            if row["relation"] == name and row["y"] is not None and row["x"] is not None:
                family = row["surrogate_family"]
                colour, marker = looks[family.removesuffix(" H").removesuffix(" L")]
                face = "none" if family.endswith(" H") else colour
                axes.plot(row["x"], row["y"], marker, color=colour, markerfacecolor=face, markersize=3.2, alpha=0.85)
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="", markersize=4, label=lettered(name))
        for name, (colour, marker) in looks.items()
    ]
    sheet.legend(handles, SIDE + 0.75, 5)
    return sheet.figure


def _title(title: str, relations: Sequence[Row], place: int) -> str:
    """What is drawn, and the two correlations: the rows of a relation come two by two."""
    found = [row["ours"] for row in relations[2 * place : 2 * place + 2]]
    said = [f"{word} {value:.2f}" for word, value in zip(("r", "tau"), found, strict=True) if value is not None]
    return f"{title}\n{', '.join(said)}"
