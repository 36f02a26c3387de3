"""Rows as papers print them: one edge down, one across, a few lines in each cell."""

import string
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from analysis.afterwards import Row
from analysis.answers import Answer, Layout, values
from analysis.text import pad, printable, width, wrap

GAP = "  "
EDGE = 14  # columns that a name at the left may take before it is broken
HEAD = 14  # the same for a name above, where cells are narrower
NOT_RUN = "·"


def crosstab(answer: Answer, layout: Layout, columns: int = 100) -> str:
    """The answer's tables, one beneath the other, with what a cell says at the end."""
    parts = [wrap(answer.summary, columns)]
    for each in values(answer.entries, layout.each):
        entries = [entry for entry in answer.entries if tuple(entry[name] for name in layout.each) == each]
        heading = ", ".join(f"{name} {_said(value)}" for name, value in zip(layout.each, each, strict=True))
        parts.append([*([heading] if heading else []), *_table(entries, layout)])
    parts.append(wrap(" ".join(layout.beneath), columns))
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _table(entries: Sequence[Row], layout: Layout) -> Iterator[str]:
    across, down = values(entries, layout.across), values(entries, layout.down)
    cells = {_place(entry, layout): list(_lines(entry, layout)) for entry in entries}
    rows = [[cells.get((edge, head), []) for head in across] for edge in down]
    inner = max([width(line) for lines in cells.values() for line in lines], default=1)
    heads = [wrap(_name(head), max(inner, HEAD)) for head in across]
    cell = max([inner, *(width(line) for lines in heads for line in lines)])
    left = [[line for value in edge for line in wrap(printable(_said(value)), EDGE)] for edge in down]
    head = wrap(f"{' '.join(layout.down)} \\ {' '.join(layout.across)}".replace("_", " "), EDGE)
    edge = max(width(line) for lines in [head, *left] for line in lines)
    yield from _row(head, heads, edge, cell)
    for names, lines in zip(left, rows, strict=True):
        yield ""
        yield from _row(names, lines, edge, cell)


def _row(names: Sequence[str], cells: Sequence[Sequence[str]], edge: int, cell: int) -> Iterator[str]:
    for name, *texts in zip_longest(names, *cells, fillvalue=""):
        yield GAP.join([pad(name, edge), *(pad(text, cell, is_right=True) for text in texts)]).rstrip()


def _place(entry: Row, layout: Layout) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return tuple(entry[name] for name in layout.down), tuple(entry[name] for name in layout.across)


def _lines(entry: Row, layout: Layout) -> Iterator[str]:
    """A cell's lines; a line that speaks of a value that is not there is left out, of the first the rest is kept."""
    for number, line in enumerate(layout.cell):
        fields = [field for _, field, _, _ in string.Formatter().parse(line) if field]
        if all(entry[field] is not None for field in fields):
            yield line.format_map(entry)
        elif number == 0:
            yield NOT_RUN


def _name(edge: Sequence[Any]) -> str:
    return printable(" ".join(map(_said, edge)))


def _said(value: Any) -> str:
    return "" if value is None else str(value)
