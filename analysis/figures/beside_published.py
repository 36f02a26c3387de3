"""Published and ours side by side: a panel for each row of a paper's table, a line for each of its columns.

Drawn of any question whose header lays its rows out and whose columns have `published` and `ours` in percent.
"""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.afterwards import counted, published_of
from analysis.answers import Answer, Layout, answer, layout, values
from analysis.figures._paper import FAINT, INK, cut, extent, folded, lettered, paper, unknown
from analysis.figures._sheet import inches, publish
from analysis.questions import nearest, question, questions
from analysis.statistics import wilson
from transfer.errors import TransferError

PANELS = 4  # side by side
NARROW = 1.5  # inches that a panel needs where a width is asked for
PANEL, LINE, HEAD = 2.15, 0.27, 0.34  # inches: a panel's width, a line's height, and the room above a panel
GAP, MARGIN, FOOT = 0.22, 0.15, 0.42
APART = 0.17  # of a line, up for published and down for ours
NAMES = 1.6  # inches that a name may take
OURS, THEIRS = "#00539c", "#b45309"
NEEDED = {"published", "published_n", "ours", "k", "n", "pairs", "lowest", "highest"}  # rates alone, in percent


def of_results(connection: duckdb.DuckDBPyConnection, path: Path, of: str = "", *, width: str = "") -> str:
    """Draws one question's answer into a file; returns the characters that no font on this machine has."""
    found, shape = _choose(connection, of)
    words = "".join(f"{row[edge]}" for row in found.entries for edge in (*shape.down, *shape.across))
    with paper(words):
        publish(draw(found, shape, width), path, question(found.name).sql, found.entries)
        return unknown(words)


def draw(found: Answer, shape: Layout, width: str = "") -> Figure:
    """The picture of an answer: as wide as it needs, or one or two columns of a page (`column`, `page`)."""
    return _Picture(found, shape, inches(width) if width else 0.0).draw()


def _drawable(connection: duckdb.DuckDBPyConnection) -> dict[str, Layout]:
    """The questions that can be drawn, with their layouts."""
    named = "select table_name, list(column_name) from duckdb_columns() where not internal group by all"
    columns = dict(connection.execute(named).fetchall())
    shapes = {name: layout(asked) for name, asked in questions("queries").items()}
    return {name: shape for name, shape in shapes.items() if shape and set(columns[name]) >= NEEDED}


def _choose(connection: duckdb.DuckDBPyConnection, of: str) -> tuple[Answer, Layout]:
    """The question that is asked for, else the first of which this study has run anything."""
    known = _drawable(connection)
    if of:
        if of not in known:
            hint = nearest(of, known)
            raise TransferError("Q089", f"no paper's table is called {of!r}.{hint} Known: {', '.join(known)}.")
        return answer(connection, of), known[of]
    for name, shape in known.items():
        found = answer(connection, name)
        if any(row["ours"] is not None for row in found.entries):
            return found, shape
    raise TransferError("Q089", f"nothing of this study stands beside a paper's numbers. Known: {', '.join(known)}.")


class _Picture:
    """Panels in a grid, placed in inches from the upper left corner."""

    def __init__(self, found: Answer, shape: Layout, room: float) -> None:
        self.entries, self.shape = found.entries, shape
        self.down, self.across = values(found.entries, shape.down), values(found.entries, shape.across)
        names = min(NAMES, room / 4) if room else NAMES
        self.names = [cut(lettered(" ".join(map(str, head))), 8, names) for head in self.across]
        self.left = MARGIN + max(extent(name, 8)[0] for name in self.names) + 0.12
        beside = (room or 100) - self.left - MARGIN - 0.1
        self.columns = max(1, min(PANELS, len(self.down), int((beside + GAP) / (NARROW + GAP))))
        self.wide = (beside + GAP) / self.columns - GAP if room else PANEL
        self.width = self.left + self.columns * (self.wide + GAP) - GAP + MARGIN + 0.1
        title = lettered(found.summary.removeprefix("One row per cell of "))
        self.title = folded(title[:1].upper() + title[1:], 11, self.width - 2 * MARGIN, "bold")
        self.notes = folded(self._notes(), 8, self.width - 2 * MARGIN)
        self.top = MARGIN + 0.21 * len(self.title) + 0.3
        self.panel = LINE * len(self.across)
        self.step = HEAD + self.panel + FOOT
        self.height = self.top + ceil(len(self.down) / self.columns) * self.step + 0.16 * len(self.notes) + MARGIN

    def draw(self) -> Figure:
        figure = Figure(figsize=(self.width, self.height))
        for number, line in enumerate(self.title):
            self._text(figure, line, MARGIN + 0.21 * number, fontsize=11, fontweight="bold")
        for number, line in enumerate(self.notes):
            self._text(figure, line, self.height - MARGIN - 0.16 * (len(self.notes) - number), fontsize=8, color=FAINT)
        handles = [
            Line2D([], [], color=THEIRS, marker="D", markerfacecolor="white", markersize=5, label="published"),
            Line2D([], [], color=OURS, marker="o", markersize=5, label="ours"),
        ]
        place = (MARGIN / self.width, 1 - (self.top - 0.3) / self.height)
        figure.legend(handles=handles, loc="upper left", bbox_to_anchor=place, ncols=2, frameon=False, borderpad=0)
        for number, edge in enumerate(self.down):
            self._panel(figure, number, edge)
        return figure

    def _text(self, figure: Figure, text: str, y: float, **look: Any) -> None:
        figure.text(MARGIN / self.width, 1 - y / self.height, text, va="top", **look)

    def _panel(self, figure: Figure, number: int, edge: Sequence[object]) -> None:
        row, column = divmod(number, self.columns)
        x, y = self.left + column * (self.wide + GAP), self.top + row * self.step + HEAD
        place = (x / self.width, 1 - (y + self.panel) / self.height, self.wide / self.width, self.panel / self.height)
        axes = figure.add_axes(place)
        axes.set_title(cut(lettered(", ".join(map(str, edge))), 9, self.wide), fontsize=9, loc="left", pad=4)
        if column == 0:
            head = _words(self.shape.across)
            figure.text((x - 0.1) / self.width, 1 - (y - 0.06) / self.height, head, fontsize=8, color=FAINT, ha="right")
        axes.set_xlim(-3, 103)
        axes.set_ylim(len(self.across) - 0.5, -0.5)
        axes.set_xticks([0, 25, 50, 75, 100])
        axes.set_yticks(range(len(self.across)), self.names if column == 0 else [""] * len(self.names))
        axes.tick_params(labelsize=8, length=0, colors=INK)
        axes.tick_params(axis="x", labelsize=7, colors=FAINT)
        axes.grid(axis="x", color="#e3e3e3", linewidth=0.6)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
        for line in range(0, len(self.across), 2):
            axes.axhspan(line - 0.5, line + 0.5, color="#f4f4f4", linewidth=0, zorder=0)
        self._marks(axes, edge)

    def _marks(self, axes: Axes, edge: Sequence[object]) -> None:
        for entry in self.entries:
            if tuple(entry[name] for name in self.shape.down) == tuple(edge):
                line = self.across.index(tuple(entry[name] for name in self.shape.across))
                _mark(axes, line - APART, published_of(entry), THEIRS, "D", "white")
                _mark(axes, line + APART, counted(entry), OURS, "o", OURS)

    def _notes(self) -> str:
        run = [row for row in self.entries if row["n"]]
        edges = f"Panels: {_words(self.shape.down)}. Lines: {_words(self.shape.across)}."
        notes = [f"{edges} In %, with Wilson's 95% intervals"]
        published = {row["published_n"] for row in self.entries}
        notes.append(f"of {_range(published)} images (published)")
        if run:
            notes.append(f"and {_range({round(row['n'] / row['pairs']) for row in run})} images (ours)")
        seeds = max((row["seeds"] for row in run), default=1)
        pooled = f" Ours: {seeds} seeds pooled, each image counted once." if seeds > 1 else ""
        missing = " Without a dot: not run." if len(run) < len(self.entries) else ""
        return " ".join(notes) + "." + pooled + missing


def _mark(axes: Axes, y: float, counts: tuple[float, float], colour: str, marker: str, face: str) -> None:
    interval = wilson(*counts)
    if interval:
        axes.plot([100 * interval.low, 100 * interval.high], [y, y], color=colour, linewidth=1.4, clip_on=False)
        look: dict[str, Any] = {
            "markersize": 4.2,
            "markerfacecolor": face,
            "markeredgecolor": colour,
            "clip_on": False,
            "zorder": 3,
        }
        axes.plot([100 * counts[0] / counts[1]], [y], marker=marker, **look)


def _words(columns: Sequence[str]) -> str:
    return ", ".join(columns).replace("_", " ")


def _range(counts: set[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
