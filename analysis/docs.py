"""`python -m analysis.docs`: writes docs/questions.md and docs/results.md out of the .sql files and the schemas.

What is said of a question is its own leading comment, what is said of a column its own entry in the schema.
"""

import html
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from analysis.answers import HINT
from analysis.columns import MEANINGS
from analysis.database import add_views
from analysis.published import HERE as PUBLISHED
from analysis.published import add_published, published
from analysis.questions import Question, questions
from analysis.tables import DESCRIBED, PARQUET, describe, read
from transfer.schemas import SORTED, TABLES

FOLDER = Path(__file__).parent.parent / "docs"
COMMAND = "python -m analysis.docs"
KINDS = {
    "queries": (
        "Queries",
        "One question each: counts and n. `transfer ask RESULTS NAME` answers with what its header asks to be computed"
        " afterwards (intervals, tests); `transfer sql RESULTS` sees the columns that are listed, and no more.",
    ),
    "views": ("Views", "Shapings that the questions read from. They keep or add columns and never sum up."),
    "audits": ("Audits", "Rows that must not exist. Each is empty in a sound folder."),
}
TITLES = {
    "questions.md": "# Questions\n\nEvery named question: what one row is, what is left out and why, and its SQL.",
    "results.md": "# Results\n\nEvery table of a results folder and each of its columns, as `transfer sql` sees them.",
}
MADE = f"*Made by `{COMMAND}` out of the .sql files and the schemas; what is wrong here is put right there.*"


def pages() -> dict[str, str]:
    """The text of each generated page, by its file's name."""
    connection = empty()
    return {"questions.md": _questions(connection), "results.md": _results(connection)}


def empty() -> duckdb.DuckDBPyConnection:
    """All tables and views, without a row."""
    connection = duckdb.connect()
    for table in DESCRIBED:
        describe(connection, table, ())
    for table in PARQUET:
        read(connection, table, ())
    add_published(connection)
    add_views(connection)
    return connection


def _questions(connection: duckdb.DuckDBPyConnection) -> str:
    parts = [TITLES["questions.md"], MADE]
    for kind, (title, words) in KINDS.items():
        known = questions(kind)
        parts += [f"## {title}", words, "\n".join(_contents(known))]
        for one in known.values():
            parts += _question(connection, one)
    return "\n\n".join(parts) + "\n"


def _contents(known: Mapping[str, Question]) -> Iterator[str]:
    for name, one in known.items():
        yield f"* [`{name}`](#{name}): {_text(_lowered(one.summary))}"


def _question(connection: duckdb.DuckDBPyConnection, one: Question) -> Iterator[str]:
    lines = one.comment.split("\n")
    said = [line for line in lines[1:] if not HINT.fullmatch(line)]
    hints = [found for line in lines if (found := HINT.fullmatch(line))]
    yield f"### {one.name}"
    yield f"**{_text(one.summary)}**"
    if text := " ".join(filter(None, said)):
        yield _text(text)
    afterwards = [f"`{found[2]}`" for found in hints if found[1] == "Then"]
    if afterwards:
        yield f"Computed afterwards: {', '.join(afterwards)}."
    columns = ", ".join(f"`{name}` {kind}" for name, kind in _columns(connection, one.name))
    yield f"Columns: {columns}."
    body = "\n".join(line for line in one.sql.splitlines() if not line.startswith("--"))
    yield f"<details><summary>analysis/{one.kind}/{one.name}.sql</summary>\n\n```sql\n{body.strip()}\n```\n\n</details>"


def _results(connection: duckdb.DuckDBPyConnection) -> str:
    parts = [
        TITLES["results.md"],
        MADE,
        "## Rows of Parquet files",
        "Columns are only ever added; files of older schemas have nulls.",
    ]
    for table, meaning in PARQUET.items():
        meanings = {field.name: field.metadata[b"meaning"].decode() for field in TABLES[table]}
        order = ", ".join(f"`{name}`" for name in SORTED[table])
        parts += [*_table(connection, table, meaning, meanings), f"Sorted by {order}."]
    parts += ["## Read out of studies, records and failures"]
    for table, (meaning, _) in DESCRIBED.items():
        parts += _table(connection, table, meaning, MEANINGS[table])
    parts += ["## Published numbers", "The papers' own, only such as were confirmed at the source."]
    for table, meaning in published().items():
        file = (PUBLISHED / f"{table.removeprefix('published_')}.csv").name
        columns = ", ".join(f"`{name}` {kind}" for name, kind in _columns(connection, table))
        parts += [f"### {table}", _text(meaning), f"Of analysis/published/{file}. Columns: {columns}."]
    return "\n\n".join(parts) + "\n"


def _table(
    connection: duckdb.DuckDBPyConnection, table: str, meaning: str, meanings: Mapping[str, str]
) -> Iterable[str]:
    rows = [f"| `{name}` | {kind} | {_text(meanings[name])} |" for name, kind in _columns(connection, table)]
    return [f"### {table}", _text(meaning), "\n".join(["| column | type | meaning |", "|---|---|---|", *rows])]


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    return [row[:2] for row in connection.execute(f"describe {name}").fetchall()]


def _text(words: str) -> str:
    return html.escape(words, quote=False).replace("|", "\\|").replace("*", "\\*")


def _lowered(summary: str) -> str:
    return summary.removeprefix("One row per ")


def main() -> None:
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
