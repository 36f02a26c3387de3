"""How far attacks transfer against how much they change: a line for each attack, its noise dashed beneath it.

Each point is one budget: the fooling rate over all squares off the diagonal together, with its 95% interval over
images, above the mean size (rms) of the perturbations. So attacks of all norms, and those of none, share one scale.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures._labels import label
from analysis.figures._paper import cut, lettered, paper, unknown
from analysis.figures._sheet import (
    MARGIN,
    NOTE,
    Row,
    Sheet,
    beside,
    entries,
    inches,
    legend_shape,
    look_of,
    plain,
    publish,
)
from analysis.statistics import bootstrap_mean
from transfer.errors import TransferError

PANEL, LINE = 2.3, 0.15  # inches high: the axes, and a line of the legend
BARS = "Bars: 95% intervals over images, those that surrogate and target classify right when clean."
OWN = "No model is counted on what was crafted on itself."
LABELLED = 12  # more points than these have no room for the names of their budgets

SQL = beside(__file__)


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, *, width: str = "column") -> str:
    """Draws the curves of a study; returns the characters that no font on this machine has."""
    found = points(connection)
    if not found:
        raise TransferError("Q089", "nothing was shown to a model that it was not crafted on, so there is no curve.")
    words = "".join(f"{row['attack']}{row['budget']}" for row in found)
    with paper(words):
        publish(draw(found, width), path, SQL, found)
        return unknown(words)


def points(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row per point of a curve: its size, counts, rate and interval."""
    named = ("attack", "control", "budget", "part", "rms")
    done = []
    for key, group in groupby(entries(connection, SQL), lambda row: tuple(row[name] for name in named)):
        images = list(group)
        n, fooled = sum(row["n"] for row in images), sum(row["fooled"] for row in images)
        interval = bootstrap_mean([row["fooled"] for row in images], [row["n"] for row in images])
        bounds = {"low": interval and interval.low, "high": interval and interval.high}
        counts = {"images": len(images), "n": n, "fooled": fooled, "rate": fooled / n}
        done.append(dict(zip(named, key, strict=True)) | counts | bounds)
    return done


def draw(found: Sequence[Row], width: str = "column") -> Figure:
    """The picture of these points."""
    by_line = groupby(found, lambda row: (row["attack"], row["control"], row["part"]))
    lines = {name: list(rows) for name, rows in by_line}
    looks = look_of([attack for attack, _, _ in lines])
    is_two = len({part for _, _, part in lines}) > 1
    names = {(attack, part): _name(attack, part if is_two else "") for attack, control, part in lines if not control}
    columns, rows_below = legend_shape(list(names.values()), inches(width) - 2 * MARGIN)
    noise = " Dashed: noise of the same sizes." if any(control for _, control, _ in lines) else ""
    sheet = Sheet(
        width,
        PANEL + 0.45 + LINE * rows_below,
        title="Transfer against perturbation size",
        notes=f"{BARS} {OWN}{noise}",
    )
    left = MARGIN + 0.4
    axes = sheet.panel(left, 0.06, sheet.width - left - MARGIN - 0.08, PANEL)
    plain(axes, "mean size of the perturbation (rms)", "% of images that fool")
    for (attack, control, part), rows in lines.items():
        _line(axes, rows, looks[attack], is_control=bool(control), is_second=is_two and part == "train")
    axes.set_ylim(0, max(100 * (row["high"] or row["rate"]) for row in found) * 1.1 + 2)
    axes.set_xlim(0, max([row["rms"] or 0 for row in found]) * 1.12)
    attacks = [row for row in found if row["control"] is None and row["rms"] is not None]
    if len(attacks) <= LABELLED:
        marked = [(row["rms"], 100 * row["rate"], lettered(row["budget"])) for row in attacks]
        label(axes, marked, around=[place for rows in lines.values() for place in _along(rows)])
    handles = [
        Line2D([], [], **_look(looks[attack], is_two and part == "train"), label=name)
        for (attack, part), name in names.items()
    ]
    sheet.legend(handles, PANEL + 0.4, columns)
    return sheet.figure


def _line(axes: Axes, rows: Sequence[Row], look: tuple[str, str], *, is_control: bool, is_second: bool) -> None:
    drawn = [row for row in rows if row["rms"] is not None]
    x, y = [row["rms"] for row in drawn], [100 * row["rate"] for row in drawn]
    if is_control:
        axes.plot(x, y, color=look[0], linestyle="--", linewidth=0.8)
        return
    axes.plot(x, y, **_look(look, is_second))
    for row, at in zip(drawn, x, strict=True):
        if row["low"] is not None:
            axes.plot([at, at], [100 * row["low"], 100 * row["high"]], color=look[0], linewidth=1)


def _along(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Places on a line through points, close enough that no text fits between them."""
    drawn = [(row["rms"], 100 * row["rate"]) for row in rows if row["rms"] is not None]
    return [tuple(place) for pair in pairwise(drawn) for place in np.linspace(*pair, 40)]


def _look(look: tuple[str, str], is_second: bool) -> dict[str, Any]:
    colour, marker = look
    face = "white" if is_second else colour
    return {"color": colour, "linewidth": 1.3, "marker": marker, "markersize": 4, "markerfacecolor": face}


def _name(attack: str, part: str) -> str:
    return cut(lettered(attack), NOTE, 1.2) + (f" ({part})" if part else "")
