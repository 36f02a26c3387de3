"""The transfer matrix for a terminal: rate, interval and n in each square, and beneath what they mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from analysis.matrix import DENOMINATORS, Matrix, Row, Square
from analysis.text import pad, printable, width, wrap

NOT_RUN, EMPTY = "·", "-"
EDGES = (18, 12, 8)  # columns for the names of the rows, as few as it takes to show all targets

Cell = list[str]  # its lines, one beneath the other
Line = tuple[str, list[Cell]]  # a name and its cells


@dataclass(frozen=True)
class Layout:
    """How many columns names and squares take, and how many targets there is room for."""

    edge: int
    cell: int
    gap: str
    targets: int

    def line(self, name: str, cells: Sequence[str]) -> str:
        return self.gap.join([pad(name, self.edge), *(pad(cell, self.cell, is_right=True) for cell in cells)]).rstrip()


def text(matrix: Matrix, columns: int | None = 80) -> str:
    """The matrix within so many columns of a terminal (None: as many as it needs)."""
    groups = [
        [(row.label.name, _cells(row)) for row in matrix.surrogates],
        [("mean", [[_percent(rate)] for rate in (*matrix.means, None)])],
        [(row.label.name, _cells(row)) for row in matrix.controls],
    ]
    layout = _layout(matrix, [line for group in groups for line in group], columns)
    lines = [*_heading(matrix, columns or 80), ""]
    lines += _head([*(column.name for column in matrix.columns), "mean"], layout)
    for group in groups:
        lines.append("")
        for name, cells in group:
            lines += _line(name, [*cells[: layout.targets], cells[-1]], layout)
    lines += ["", *_legend(matrix)]
    if layout.targets < len(matrix.columns):
        lines += ["", f"{layout.targets} of {len(matrix.columns)} targets are shown; means are over all."]
        lines += ["See all with --wide, or with `transfer heatmap`."]
    return "\n".join(lines) + "\n"


def _layout(matrix: Matrix, lines: Sequence[Line], columns: int | None) -> Layout:
    cell = max(width(text) for _, cells in lines for cell in cells for text in cell)
    longest = max([width("crafted on"), *(width(printable(name)) for name, _ in lines)])
    layouts = []
    for edge, gap in ((EDGES[0], "  "), *((edge, " ") for edge in EDGES)):
        edge = min(edge, longest)
        fitting = len(matrix.columns) if columns is None else (columns - edge) // (cell + len(gap)) - 1
        layouts.append(Layout(edge, cell, gap, max(1, min(fitting, len(matrix.columns)))))
    # The first of the best: names are cut and squares moved together only where that shows more targets.
    return max(layouts, key=lambda layout: layout.targets)


def _heading(matrix: Matrix, columns: int) -> Iterator[str]:
    if matrix.title:
        yield from wrap(printable(matrix.title), columns)
    yield from wrap(f"{printable(matrix.heading)}: % fooled of {DENOMINATORS[matrix.of]}", columns)


def _head(names: Sequence[str], layout: Layout) -> Iterator[str]:
    yield layout.line("", [pad("shown to", layout.cell)])
    columns = [wrap("crafted on", layout.edge)]
    columns += [wrap(printable(name), layout.cell, lines=4) for name in (*names[: layout.targets], names[-1])]
    height = max(len(lines) for lines in columns)
    for edge, *cells in zip(*([""] * (height - len(lines)) + lines for lines in columns), strict=True):
        yield layout.line(edge, cells)


def _line(name: str, cells: Sequence[Cell], layout: Layout) -> Iterator[str]:
    for label, *texts in zip_longest(wrap(printable(name), layout.edge), *cells, fillvalue=""):
        yield layout.line(label, texts)


def _cells(row: Row) -> list[Cell]:
    return [*(_cell(square) for square in row.squares), [_percent(row.mean)]]


def _cell(square: Square | None) -> Cell:
    if square is None:
        return [f"{NOT_RUN} "]
    if square.rate is None or square.interval is None:
        return [f"{EMPTY} ", "", "n 0 "]
    rate = f"[{100 * square.rate:.1f}]" if square.is_diagonal else _percent(square.rate)
    low, high = square.interval
    return [rate, f"{100 * low:.0f}-{100 * high:.0f} ", f"n {square.n} "]


def _percent(rate: float | None) -> str:
    # The space stands beneath the bracket that a square on the diagonal has there.
    return "" if rate is None else f"{100 * rate:.1f} "


def _legend(matrix: Matrix) -> Iterator[str]:
    squares = [square for row in (*matrix.surrogates, *matrix.controls) for square in row.squares]
    yield "Beneath each rate: its 95% Wilson interval, and n, the images counted."
    if any(square and square.is_diagonal for square in squares):
        yield "[ ]  its own surrogate is shown the examples: left out of means"
    if None in squares:
        yield f"{NOT_RUN}  not run"
    if any(square and square.n == 0 for square in squares):
        yield f"{EMPTY}  no image to count"
    for row in (*matrix.surrogates, *matrix.controls):
        if meaning := _meaning(row, matrix.of):
            yield f"{printable(row.label.name)}: {meaning}"


def _meaning(row: Row, of: str) -> str:
    pooled = max((square.pooled for square in row.squares if square), default=1)
    if row.is_clean:
        return "error on all clean images"
    if pooled > 1:
        return f"{pooled} crafts of the same images pooled, so the interval counts n/{pooled}"
    if of in {"both-right", "surrogate-fooled"} and not row.has_surrogate:
        return "made on no surrogate, so of the images the target gets right"
    return ""
