"""Rows as text: a table for people, CSV and JSON for programs."""

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from analysis.questions import nearest
from analysis.text import pad, printable, width
from transfer.errors import TransferError

Rows = Sequence[Sequence[Any]]


def render(form: str, names: Sequence[str], rows: Rows) -> str:
    """The rows in the form that is asked for."""
    return known_form(form)(names, rows)


def known_form(form: str) -> Callable[[Sequence[str], Rows], str]:
    """The function of a form; an error that knows the others when there is none."""
    if form not in FORMS:
        raise TransferError("Q089", f"no format is called {form!r}.{nearest(form, FORMS)} Known: {', '.join(FORMS)}.")
    return FORMS[form]


def table(names: Sequence[str], rows: Rows) -> str:
    """Columns side by side, numbers to the right."""
    cells = [[_shown(value) for value in row] for row in rows]
    heads = [printable(name) for name in names]
    is_number = [any(_is_number(row[column]) for row in rows) for column in range(len(names))]
    widths = [max([width(head), *(width(row[column]) for row in cells)]) for column, head in enumerate(heads)]

    def line(texts: Sequence[str]) -> str:
        return "  ".join(map(pad, texts, widths, is_number)).rstrip()

    ruler = ["-" * each for each in widths]
    return "\n".join([line(heads), line(ruler), *(line(row) for row in cells)]) + "\n"


def as_csv(names: Sequence[str], rows: Rows) -> str:
    """RFC 4180; null is an empty field, a list or a structure is its JSON."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_plain_text(value) for value in row] for row in rows)
    return sink.getvalue()


def as_json(names: Sequence[str], rows: Rows) -> str:
    """One list of objects; of two columns with the same name the second is called `name_1`."""
    keys: list[str] = []
    for name in names:
        alike = sum(1 for key in names[: len(keys)] if key == name)
        keys.append(f"{name}_{alike}" if alike else name)
    entries = [dict(zip(keys, map(_finite, row), strict=True)) for row in rows]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, default=str, allow_nan=False) for entry in entries)
    return f"[{lines}]\n"


FORMS: dict[str, Callable[[Sequence[str], Rows], str]] = {"table": table, "csv": as_csv, "json": as_json}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    return printable(_plain_text(value))


def _plain_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict | tuple):
        return json.dumps(_finite(value), ensure_ascii=False, default=str)
    return str(value)


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: both become null."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    return value
