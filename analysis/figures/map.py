"""How alike models are: each a point near those that it exchanges adversarial examples with, and their family tree.

The distance of two models is one minus the mean of the two rates at which what is crafted on one fools the other.
Left or above, classical scaling into the plane (Torgerson 1952); right or beneath, average linkage.
"""

from pathlib import Path

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.cluster.hierarchy import dendrogram

from analysis.figures._labels import label
from analysis.figures._paper import INK, cut, extent, lettered, paper, unknown
from analysis.figures._sheet import MARGIN, NOTE, Row, Sheet, inches, legend_shape, look_of, plain, publish
from analysis.likeness import Likeness, clustering, likeness, scaled
from analysis.matrix import Matrix, matrix
from transfer.errors import TransferError

LEAF = 0.13  # inches between two names of the tree
NAMES = 1.25  # inches that a name of the tree may take
FAMILIES = 8  # more of these are not told apart by colour


def of_results(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    width: str = "page",
    attack: str = "",
    budget: str = "",
    part: str = "",
) -> str:
    """Draws the map of one attack and budget; returns the characters that no font on this machine has."""
    shown = matrix(connection, attack=attack, budget=budget, part=part)
    found = likeness(shown)
    if len(found.models) < 3:
        text = f"a map needs three models that are surrogates and targets both; this matrix has {len(found.models)}."
        raise TransferError("Q089", text)
    words = "".join(f"{model.name}{model.family}" for model in found.models) + shown.heading
    with paper(words):
        publish(draw(shown, found, width), path, shown.sql, rows(found))
        return unknown(words)


def rows(found: Likeness) -> list[Row]:
    """One row per pair of models: how far apart, and where each lies in the plane."""
    places, _ = scaled(found.distances)
    return [
        {
            "model": model.name,
            "other": other.name,
            "distance": float(found.distances[one, two]),
            "x": float(places[one, 0]),
            "y": float(places[one, 1]),
        }
        for one, model in enumerate(found.models)
        for two, other in enumerate(found.models)
        if one != two
    ]


def draw(shown: Matrix, found: Likeness, width: str = "page") -> Figure:
    """The picture of models and their distances."""
    _, kept = scaled(found.distances)
    wide, is_beside = inches(width) - 2 * MARGIN, width == "page"
    room = wide * 0.46 if is_beside else wide
    high = max(len(found.models) * LEAF, 0.5) + 0.3
    families = list(dict.fromkeys(model.family or model.name for model in found.models))
    looks = look_of(families) if len(families) <= FAMILIES else dict.fromkeys(families, (INK, "o"))
    handles = [_marker(family, *look) for family, look in looks.items()] if 1 < len(families) <= FAMILIES else []
    columns, lines = legend_shape([str(handle.get_label()) for handle in handles], room) if handles else (1, 0)
    legend = 0.15 * lines
    plane, tree = room + legend + 0.1, high + 0.3
    sheet = Sheet(
        width,
        max(plane, tree) if is_beside else plane + tree + 0.1,
        title="Models that share their adversarial examples",
        subtitle=shown.heading,
        notes=_notes(found, kept),
    )
    _plane(sheet.panel(MARGIN, 0.05, room, room), found, looks)
    if handles:
        sheet.legend(handles, room + 0.1, columns)
    x, y = (MARGIN + wide * 0.54, 0.05) if is_beside else (MARGIN, plane + 0.1)
    _tree(sheet, x, y, sheet.width - MARGIN - x, high, found, looks)
    return sheet.figure


def _plane(axes: Axes, found: Likeness, looks: dict[str, tuple[str, str]]) -> None:
    places, _ = scaled(found.distances)
    plain(axes)
    axes.tick_params(labelbottom=False, labelleft=False)
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    half = max(float(abs(places - middle).max()), 1e-6) * 1.2
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    for (x, y), model in zip(places, found.models, strict=True):
        colour, marker = looks[model.family or model.name]
        axes.plot([x], [y], marker=marker, color=colour, markersize=4.5, markeredgecolor="white", markeredgewidth=0.4)
    named = [(x, y, cut(lettered(model.name), 5.5, 1.2)) for (x, y), model in zip(places, found.models, strict=True)]
    label(axes, named)


def _tree(
    sheet: Sheet, x: float, y: float, wide: float, high: float, found: Likeness, looks: dict[str, tuple[str, str]]
) -> None:
    names = [cut(lettered(model.name), NOTE, NAMES) for model in found.models]
    edge = max(extent(name, NOTE)[0] for name in names) + 0.08
    axes = sheet.panel(x + 0.05, y, wide - edge - 0.05, high)
    tree = dendrogram(clustering(found.distances), orientation="left", no_plot=True)
    for across, along in zip(tree["dcoord"], tree["icoord"], strict=True):
        axes.plot(across, along, color=INK, linewidth=0.8, solid_capstyle="round")
    plain(axes, "distance")
    axes.grid(axis="y", visible=False)
    furthest = max(max(join) for join in tree["dcoord"])
    axes.set_xlim(furthest * 1.04 or 1, -furthest * 0.01)
    axes.set_ylim(0, 10 * len(names))
    axes.yaxis.tick_right()
    axes.set_yticks([10 * place + 5 for place in range(len(names))], [names[leaf] for leaf in tree["leaves"]])
    for text, leaf in zip(axes.get_yticklabels(), tree["leaves"], strict=True):
        model = found.models[leaf]
        text.set_color(looks[model.family or model.name][0])


def _marker(family: str, colour: str, marker: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, linestyle="none", label=cut(lettered(family), NOTE, 1.3))


def _notes(found: Likeness, kept: float) -> str:
    notes = [
        "Distance: 1 minus the mean of the rates at which what is crafted on one of two models fools the other, of the "
        f"images that both classify right when clean. The plane keeps {100 * kept:.0f}% of the spread of distances; "
        "its axes have no meaning."
    ]
    if found.unknown:
        notes.append(f"{found.unknown} pairs were not run: set to the mean distance.")
    return " ".join(notes)
