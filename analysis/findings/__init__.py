"""What was found, as a page: every number from the rows of results folders, the words from templates.

A study's template is `STUDY.md.j2`: its block `claims` makes rows of the table with the functions of `claims`, its
block `text` says what to think of them. Both ask `rows("QUESTION")`, and `row("QUESTION", column=value)` for one row.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.afterwards import Row
from analysis.answers import answer
from analysis.findings.claims import KINDS, number
from analysis.questions import nearest
from transfer.errors import TransferError

HERE = Path(__file__).parent


def page(studies: Iterable[duckdb.DuckDBPyConnection]) -> str:
    """The findings of some studies as one page of Markdown."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= KINDS
    environment.filters["number"] = number
    found = [_found(environment, connection) for connection in studies]
    return environment.get_template("_page.md.j2").render(studies=found).rstrip() + "\n"


def _found(environment: Environment, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """A study's title, its rows of the table, and its text."""
    ((name, title),) = connection.execute("select study, title from study").fetchall()
    known = sorted(path.name.removesuffix(".md.j2") for path in HERE.glob("[!_]*.md.j2"))
    if name not in known:
        hint = nearest(str(name), known)
        raise TransferError("Q089", f"nothing is written of a study called {name!r}.{hint} Known: {', '.join(known)}.")
    template = environment.get_template(f"{name}.md.j2")
    asked = Asked(connection)
    context = template.new_context({"rows": asked.rows, "row": asked.row})
    blocks = {block: "".join(template.blocks[block](context)).strip() for block in ("claims", "text")}
    return {"title": title, **blocks}


class Asked:
    """The answers to questions, each asked once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.answers: dict[str, tuple[Row, ...]] = {}

    def rows(self, question: str) -> tuple[Row, ...]:
        if question not in self.answers:
            self.answers[question] = answer(self.connection, question).entries
        return self.answers[question]

    def row(self, question: str, **where: Any) -> Mapping[str, Any]:
        """The one row that is so; where there is none, one in which everything is missing."""
        found = [row for row in self.rows(question) if all(row[column] == value for column, value in where.items())]
        if len(found) > 1:
            raise LookupError(f"{question} has {len(found)} rows in which {where}")
        return found[0] if found else _Missing()


class _Missing(dict[str, Any]):
    def __missing__(self, column: str) -> None:
        return None
