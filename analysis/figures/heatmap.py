"""The transfer matrix as a picture: one square for each surrogate and target, coloured and numbered by its rate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.figures._paper import FAINT, INK, cut, extent, folded, lettered, paper, save, unknown
from analysis.figures._sheet import accompany, entries, inches
from analysis.likeness import ordered
from analysis.matrix import DENOMINATORS, Label, Matrix, Square
from analysis.matrix import matrix as matrix_of
from transfer.errors import TransferError

SCALE = Normalize(0, 100)  # fixed, so that two figures can be laid side by side
PANEL = 9.0  # inches that squares may take before they shrink
SIDES = (0.27, 0.62)  # the least and the most inches that a square is wide
LEAST = 0.08  # inches of a square in a width that is asked for: names of 4.6 points
READABLE = 0.45  # a smaller square has no room for its interval
FAMILY, APART = 0.2, 0.45  # gaps between families, and before means and controls, in squares
MARGIN, SPACE = 0.15, 0.08  # inches around everything, and between text and squares
NAMES = 2.4  # inches that a name may take, and at most a fourth of a width that is asked for
BAR = 0.16


def write(matrix: Matrix, path: Path, colours: str = "cividis", width: str = "") -> str:
    """Draws a matrix into a file; returns the characters that no font on this machine has."""
    if colours not in colormaps:
        raise TransferError("Q089", f"no colour map is called {colours!r}. Known: cividis, viridis, and matplotlib's.")
    edge = [*matrix.columns, *(row.label for row in (*matrix.surrogates, *matrix.controls))]
    words = "".join([matrix.title, matrix.heading, *(label.name for label in edge)])
    with paper(words):
        save(draw(matrix, colours, width), path)
        return unknown(words)


def of_results(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    width: str = "",
    of: str = "both-right",
    attack: str = "",
    budget: str = "",
    part: str = "",
    order: str = "study",
    colours: str = "cividis",
) -> str:
    """Draws the matrix of one attack and budget, of the images that a denominator names."""
    shown = ordered(matrix_of(connection, attack=attack, budget=budget, part=part, of=of), order)
    missing = write(shown, path, colours, width)
    accompany(path, shown.sql, entries(connection, shown.sql))
    return missing


def draw(matrix: Matrix, colours: str = "cividis", width: str = "") -> Figure:
    """The picture of a matrix: as wide as it needs, or one or two columns of a page (`column`, `page`)."""
    if not width:
        return _Picture(matrix, colours, _side(matrix)).draw()
    room, side = inches(width), _side(matrix)
    fitting = []
    for _ in range(6):  # what stands beside the squares depends on how large they are
        picture = _Picture(matrix, colours, side, room)
        if picture.beyond < 0.01:
            fitting.append(picture)
        side = min(SIDES[1], side * max(1 - picture.beyond / picture.grid.width, 0.25))
    best = max(fitting, key=lambda picture: picture.grid.side, default=None)
    if best is None or best.grid.side < LEAST:
        text = f"{len(matrix.columns)} models are too many for a figure as wide as a {width}."
        raise TransferError("Q089", f"{text} Leave --width out for one as wide as it needs")
    return best.draw()


def _side(matrix: Matrix) -> float:
    """The inches that a square is wide where nobody asks for a width."""
    return min(max(PANEL / (_Grid.of(matrix, 1.0).columns[-1] + 1), SIDES[0]), SIDES[1])


@dataclass(frozen=True)
class _Grid:
    """Where squares lie, in inches from the upper left corner of the first."""

    side: float
    columns: tuple[float, ...]  # the last is that of the means
    surrogates: tuple[float, ...]
    means: float
    controls: tuple[float, ...]

    @classmethod
    def of(cls, matrix: Matrix, side: float) -> "_Grid":
        columns = list(_stops(matrix.columns))
        surrogates = list(_stops([row.label for row in matrix.surrogates]))
        columns.append(columns[-1] + 1 + APART if columns else 0)
        means = surrogates[-1] + 1 + APART if surrogates else 0
        controls = [means + 1 + APART + index for index in range(len(matrix.controls))]
        return cls(
            side,
            tuple(side * stop for stop in columns),
            tuple(side * stop for stop in surrogates),
            side * means,
            tuple(side * stop for stop in controls),
        )

    @property
    def width(self) -> float:
        return self.columns[-1] + self.side

    @property
    def height(self) -> float:
        return max(self.means, *self.controls, 0) + self.side


def _stops(labels: Sequence[Label]) -> Iterator[float]:
    """A place for each name, with a gap where the family changes."""
    place = 0.0
    for index, label in enumerate(labels):
        if index:
            place += 1 if label.family == labels[index - 1].family else 1 + FAMILY
        yield place


class _Picture:
    """One axes in inches over the whole figure, so that every text finds its room before anything is drawn."""

    def __init__(self, matrix: Matrix, colours: str, side: float, room: float = 0.0) -> None:
        self.matrix, self.colours = matrix, colormaps[colours]
        self.grid = _Grid.of(matrix, side)
        names = min(NAMES, room / 4) if room else NAMES
        self.rows = [*matrix.surrogates, *matrix.controls]
        self.size = min(9.0 if self.grid.side >= READABLE else 6.5, 72 * 0.8 * side)  # no name on its neighbour
        self.left = [_name(row.label.name, self.size, names) for row in self.rows]
        self.above = [_name(label.name, self.size, names) for label in matrix.columns] + ["mean"]
        wide = [extent(name, self.size)[0] for name in self.above]
        self.turn = 0 if max(wide) < self.grid.side else 45 if self.grid.side >= READABLE else 90
        slope = {0: 0.0, 45: 0.71, 90: 0.0}[self.turn]
        self.head = 0.2 + max(wide) * {0: 0.0, 45: 0.71, 90: 1.0}[self.turn]
        edge = max(extent(name, self.size)[0] for name in [*self.left, "mean"])
        self.x = MARGIN + 0.22 + edge + SPACE
        self.bar = self.x + self.grid.width + max(0.3, slope * wide[-1])
        over = max(x + slope * length for x, length in zip(self.grid.columns, wide, strict=True))
        needed = max(self.bar + BAR + 0.75, self.x + over + MARGIN + 0.3)
        self.beyond = needed - room  # by how much it is wider than it may be
        self.width = room or max(needed, 5.0)
        self.texts = [*self._texts()]
        self.y = MARGIN + sum(size / 72 * 1.35 for _, size, _ in self.texts) + 0.25 + self.head + SPACE
        self.notes = folded(self._notes(), 7, self.width - 2 * MARGIN)
        self.height = self.y + self.grid.height + 0.2 + len(self.notes) * 0.13 + MARGIN

    def draw(self) -> Figure:
        figure = Figure(figsize=(self.width, self.height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, self.width)
        axes.set_ylim(self.height, 0)
        axes.axis("off")
        self._head(axes)
        self._edges(axes)
        self._squares(axes)
        self._scale(figure)
        return figure

    def _texts(self) -> Iterator[tuple[str, float, str]]:
        room = self.width - 2 * MARGIN
        for line in folded(lettered(self.matrix.title), 11, room, "bold"):
            yield line, 11, "bold"
        for line in folded(lettered(f"{self.matrix.heading}: % fooled of {DENOMINATORS[self.matrix.of]}"), 9, room):
            yield line, 9, "normal"

    def _notes(self) -> str:
        squares = [square for row in self.rows for square in row.squares]
        parts = []
        if self.grid.side >= READABLE:
            parts.append("Small: half the width of the 95% Wilson interval.")
        if any(square and square.is_diagonal for square in squares):
            parts.append("Outlined: the surrogate itself, left out of means.")
        if None in squares:
            parts.append("Hatched: not run.")
        for row in self.matrix.controls:
            pooled = max((square.pooled for square in row.squares if square), default=1)
            if row.is_clean:
                parts.append(f"{row.label.name}: error on all clean images.")
            elif pooled > 1:
                parts.append(f"{lettered(row.label.name)}: {pooled} crafts of the same images pooled.")
        return " ".join(parts)

    def _head(self, axes: Axes) -> None:
        y = MARGIN
        for line, size, weight in self.texts:
            axes.text(MARGIN, y, line, fontsize=size, fontweight=weight, va="top")
            y += size / 72 * 1.35
        for line, place in zip(self.notes, range(len(self.notes)), strict=True):
            below = self.y + self.grid.height + 0.2 + 0.13 * place
            axes.text(MARGIN, below, line, fontsize=7, color=FAINT, va="top")

    def _edges(self, axes: Axes) -> None:
        half = self.grid.side / 2
        axes.text(self.x, self.y - self.head - SPACE, "shown to", fontsize=8, color=FAINT, va="bottom")
        for name, x in zip(self.above, self.grid.columns, strict=True):
            place: dict[str, Any] = {"ha": "center"}
            if self.turn:
                place = {"ha": "left", "va": "bottom", "rotation_mode": "anchor"}
            if self.turn == 90:
                place["va"] = "center"
            axes.text(self.x + x + half, self.y - SPACE, name, fontsize=self.size, rotation=self.turn, **place)
        ys = [*self.grid.surrogates, *self.grid.controls, self.grid.means]
        for name, y in zip([*self.left, "mean"], ys, strict=True):
            axes.text(self.x - SPACE, self.y + y + half, name, fontsize=self.size, ha="right", va="center_baseline")
        if self.matrix.surrogates:
            middle = self.y + (self.grid.surrogates[-1] + self.grid.side) / 2
            axes.text(MARGIN, middle, "crafted on", fontsize=8, color=FAINT, rotation=90, va="center")

    def _squares(self, axes: Axes) -> None:
        for row, y in zip(self.rows, [*self.grid.surrogates, *self.grid.controls], strict=True):
            for square, x in zip(row.squares, self.grid.columns, strict=False):
                self._square(axes, x, y, square)
            self._mean(axes, self.grid.columns[-1], y, row.mean)
        for mean, x in zip(self.matrix.means, self.grid.columns, strict=False):
            self._mean(axes, x, self.grid.means, mean)

    def _square(self, axes: Axes, x: float, y: float, square: Square | None) -> None:
        if square is None:
            self._box(axes, x, y, facecolor="white", edgecolor="#9a9a9a", hatch="////", linewidth=0)
            return
        if square.rate is None or square.interval is None:
            self._box(axes, x, y, facecolor="white", edgecolor="#c8c8c8", linewidth=0.6)
        else:
            half = f"±{100 * square.interval.half_width:.0f}" if self.grid.side >= READABLE else ""
            self._filled(axes, x, y, square.rate, half)
        if square.is_diagonal:
            self._box(axes, x, y, inset=0.0, facecolor="none", edgecolor=INK, linewidth=1.3)

    def _mean(self, axes: Axes, x: float, y: float, mean: float | None) -> None:
        if mean is not None:
            self._filled(axes, x, y, mean, "")

    def _filled(self, axes: Axes, x: float, y: float, rate: float, beneath: str) -> None:
        colour = self.colours(SCALE(100 * rate))
        ink = INK if _luminance(colour) > 0.179 else "white"
        self._box(axes, x, y, facecolor=colour, linewidth=0)
        side = self.grid.side
        size = min(10.0, side * 72 * 0.3)
        middle, y = self.x + x + side / 2, self.y + y + side * (0.42 if beneath else 0.5)
        axes.text(middle, y, f"{100 * rate:.0f}", fontsize=size, color=ink, ha="center", va="center")
        if beneath:
            axes.text(middle, y + side * 0.3, beneath, fontsize=size * 0.62, color=ink, ha="center", va="center")

    def _box(self, axes: Axes, x: float, y: float, inset: float = 0.04, **look: Any) -> None:
        side, inset = self.grid.side, inset * self.grid.side
        corner = (self.x + x + inset, self.y + y + inset)
        axes.add_artist(Rectangle(corner, side - 2 * inset, side - 2 * inset, **look))

    def _scale(self, figure: Figure) -> None:
        high = min(self.grid.height, 5.0)
        place = (self.bar / self.width, 1 - (self.y + high) / self.height, BAR / self.width, high / self.height)
        axes = figure.add_axes(place)
        bar = figure.colorbar(ScalarMappable(SCALE, self.colours), cax=axes, ticks=[0, 25, 50, 75, 100])
        bar.outline.set_visible(False)
        axes.tick_params(labelsize=7, length=2, colors=FAINT)
        n = self.matrix.n
        counted = "" if n is None else f" of n = {n[0]:,}" if n[0] == n[1] else f" of n = {n[0]:,} to {n[1]:,}"
        axes.set_ylabel(f"% fooled{counted} images", fontsize=8, color=FAINT, labelpad=6)
        axes.yaxis.set_label_position("right")


def _name(name: str, size: float, room: float) -> str:
    return cut(lettered(name), size, room)


def _luminance(colour: Sequence[float]) -> float:
    """The relative luminance of WCAG: ink is black where it exceeds 0.179, for a contrast of at least 4.5."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
