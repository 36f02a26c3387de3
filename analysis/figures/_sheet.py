"""A figure for a journal's page: one or two columns wide, a title above, panels placed in inches, notes beneath."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import duckdb
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures._paper import FAINT, INK, extent, folded, lettered, save
from analysis.questions import nearest
from analysis.tabular import as_csv
from transfer.errors import TransferError

Row = dict[str, Any]
WIDTHS = {"column": 3.35, "page": 6.9}  # inches: 85 and 175 mm
MARGIN = 0.1
TITLE, SUBTITLE, NOTE = 9.0, 7.5, 6.5  # points
GRID = "#e3e3e3"
# Okabe and Ito's colours, told apart with any colour vision; the yellow is too light for lines on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5f5f5f", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


class Sheet:
    """A figure whose size is what its parts need: `panels` inches high between title and notes."""

    def __init__(self, width: str, panels: float, *, title: str = "", subtitle: str = "", notes: str = "") -> None:
        self.width = inches(width)
        room = self.width - 2 * MARGIN
        self.lines = [(line, TITLE, "bold") for line in folded(lettered(title), TITLE, room, "bold")]
        self.lines += [(line, SUBTITLE, "normal") for line in folded(lettered(subtitle), SUBTITLE, room)]
        self.notes = folded(lettered(notes), NOTE, room)
        self.top = MARGIN + sum(size for _, size, _ in self.lines) * 1.3 / 72 + 0.08
        self.height = self.top + panels + 0.06 + len(self.notes) * _line(NOTE) + MARGIN
        self.figure = Figure(figsize=(self.width, self.height))
        self._write()

    def panel(self, x: float, y: float, wide: float, high: float) -> Axes:
        """Axes whose upper left corner is x and y inches from where the panels begin."""
        bottom = 1 - (self.top + y + high) / self.height
        return self.figure.add_axes((x / self.width, bottom, wide / self.width, high / self.height))

    def text(self, x: float, y: float, text: str, **look: Any) -> None:
        """A text at a place in inches, from where the panels begin."""
        self.figure.text(x / self.width, 1 - (self.top + y) / self.height, text, **look)

    def legend(self, handles: Sequence[Line2D], y: float, columns: int) -> None:
        """What lines and markers mean, from y inches beneath where the panels begin."""
        place = (MARGIN / self.width, 1 - (self.top + y) / self.height)
        look = {"fontsize": NOTE, "frameon": False, "borderpad": 0, "labelspacing": 0.3, "handlelength": 1.6}
        self.figure.legend(handles=handles, loc="upper left", bbox_to_anchor=place, ncols=columns, **look)

    def _write(self) -> None:
        y = MARGIN - self.top
        for line, size, weight in self.lines:
            self.text(MARGIN, y, line, fontsize=size, fontweight=weight, va="top", color=INK)
            y += size * 1.3 / 72
        for number, line in enumerate(self.notes):
            above = len(self.notes) - number
            y = self.height - self.top - MARGIN - above * _line(NOTE)
            self.text(MARGIN, y, line, fontsize=NOTE, va="top", color=FAINT)


def inches(width: str) -> float:
    """The inches of `column` or `page`."""
    if width not in WIDTHS:
        hint = nearest(width, WIDTHS)
        raise TransferError("Q089", f"no width is called {width!r}.{hint} Known: {', '.join(WIDTHS)}.")
    return WIDTHS[width]


def plain(axes: Axes, x: str = "", y: str = "") -> None:
    """Axes with faint numbers and lines that do not stand before the data."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.grid(color=GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=6.5, length=0, colors=FAINT, pad=3.5)
    axes.set_xlabel(lettered(x), fontsize=7, color=FAINT, labelpad=2)
    axes.set_ylabel(lettered(y), fontsize=7, color=FAINT, labelpad=2)


def legend_shape(names: Sequence[str], room: float) -> tuple[int, int]:
    """How many columns of the widest name there is room for in so many inches, and how many lines that makes."""
    wide = max(extent(name, NOTE)[0] for name in names) + 0.45
    columns = max(1, min(len(names), int(room / wide)))
    return columns, ceil(len(names) / columns)


def look_of(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """A colour and a marker for each name, equal ones only after 64 names."""
    once = list(dict.fromkeys(names))
    count = len(COLOURS)
    return {
        name: (COLOURS[place % count], MARKERS[(place + place // count) % count]) for place, name in enumerate(once)
    }


def entries(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    """The rows of a SELECT, each by the names of its columns."""
    found = connection.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def beside(figure: str) -> str:
    """The SQL of a figure, which lies beside its file."""
    return Path(figure).with_suffix(".sql").read_text(encoding="utf-8")


def publish(figure: Figure, path: Path, sql: str, rows: Sequence[Row]) -> None:
    """Writes a figure, and what goes with it."""
    save(figure, path)
    accompany(path, sql, rows)


def accompany(path: Path, sql: str, rows: Sequence[Row]) -> None:
    """Writes beside a figure the SQL that it is drawn of (.sql), and the numbers that are drawn (.csv)."""
    names = list(rows[0]) if rows else []
    path.with_suffix(".sql").write_text(sql.strip() + "\n", encoding="utf-8")
    path.with_suffix(".csv").write_text(as_csv(names, [list(row.values()) for row in rows]), encoding="utf-8")


def _line(size: float) -> float:
    return size * 1.3 / 72
