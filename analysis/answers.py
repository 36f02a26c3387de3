"""An answer to a named question: its rows after what its header asks for, and how they are laid out for people.

What a header says beside its meaning, one hint a line:

    -- Then: FUNCTION                      a function of `analysis.afterwards`, run over the rows
    -- Laid out: a, b down, c across       the rows as a table of cells, as papers print them; or
    -- Laid out: a down, b across, one for each c
    -- Cell: {published:g} / {ours:.1f}    a line of a cell, in Python's format; without its values it is left out
    -- Beneath: what a cell says           the words beneath the table
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from analysis.afterwards import FUNCTIONS, Row
from analysis.questions import Question, question, questions

HINT = re.compile(r"(Then|Laid out|Cell|Beneath): (.*)")
LAYOUT = re.compile(r"(?P<down>.+) down, (?P<across>.+) across(, one for each (?P<each>.+))?")


@dataclass(frozen=True)
class Layout:
    """How rows become a table of cells."""

    down: tuple[str, ...]
    across: tuple[str, ...]
    each: tuple[str, ...]  # a table for each of their values
    cell: tuple[str, ...]
    beneath: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The rows of a question, each by the names of its columns."""

    name: str
    summary: str
    names: tuple[str, ...]
    entries: tuple[Row, ...]
    layout: Layout | None = None

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return [tuple(entry.values()) for entry in self.entries]


def answer(connection: duckdb.DuckDBPyConnection, name: str) -> Answer:
    """The answer to a question; an error that knows the others when there is none of that name."""
    asked = question(name)
    found = connection.execute(f"from {asked.name}")
    names = [column[0] for column in found.description or ()]
    entries = after(asked, [dict(zip(names, row, strict=True)) for row in found.fetchall()])
    return Answer(name, asked.summary, tuple(entries[0] if entries else names), tuple(entries), layout(asked))


def after(asked: Question, entries: list[Row]) -> list[Row]:
    """Rows of a question, all or some, after what its header asks for."""
    for function in hints(asked, "Then"):
        entries = FUNCTIONS[function](entries)
    return entries


def audited(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows that must not exist each audit finds."""
    found = {}
    for name in questions("audits"):
        (found[name],) = connection.execute(f"select count(*) from {name}").fetchone() or (0,)
    return found


def hints(asked: Question, word: str) -> list[str]:
    """What a header says under a word, one text a line."""
    found = map(HINT.fullmatch, asked.comment.split("\n"))
    return [hint[2] for hint in found if hint and hint[1] == word]


def layout(asked: Question) -> Layout | None:
    """How the rows are to be laid out, if the header says."""
    for text in hints(asked, "Laid out"):
        if found := LAYOUT.fullmatch(text):
            down, across, each = map(_names, found.group("down", "across", "each"))
            return Layout(down, across, each, tuple(hints(asked, "Cell")), tuple(hints(asked, "Beneath")))
        raise ValueError(f"{asked.name}: cannot read the hint {text!r}; write it as in `a, b down, c across`")
    return None


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(", ")) if text else ()


def values(entries: Sequence[Row], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """The values that some columns have together, in the order in which they come."""
    return list(dict.fromkeys(tuple(entry[column] for column in columns) for entry in entries))
