"""What was found, as a page: every number from the rows of results folders, the words from templates.

A study's template is `STUDY.md.j2`: its block `claims` makes rows of the table with the functions of `claims`, its
block `text` says what to think of them. Both ask `rows("QUESTION")`, and `row("QUESTION", column=value)` for one row.
What was answered is kept beside the page, a file a study, and the page can be made of these files again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
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


def page(studies: Iterable["Asked"]) -> str:
    """The findings of some studies as one page of Markdown."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= KINDS
    environment.filters["number"] = number
    found = [_found(environment, asked) for asked in studies]
    return environment.get_template("_page.md.j2").render(studies=found).rstrip() + "\n"


def _found(environment: Environment, asked: "Asked") -> dict[str, str]:
    """A study's title, its rows of the table, and its text."""
    known = sorted(path.name.removesuffix(".md.j2") for path in HERE.glob("[!_]*.md.j2"))
    if asked.study not in known:
        hint = nearest(asked.study, known)
        text = f"nothing is written of a study called {asked.study!r}.{hint} Known: {', '.join(known)}."
        raise TransferError("Q089", text)
    template = environment.get_template(f"{asked.study}.md.j2")
    context = template.new_context({"rows": asked.rows, "row": asked.row})
    blocks = {block: "".join(template.blocks[block](context)).strip() for block in ("claims", "text")}
    return {"title": asked.title, **blocks}


class Asked:
    """A study's answers to questions, each asked once, of its results or of what was kept of them."""

    def __init__(self, study: str, title: str, ask: Callable[[str], Sequence[Row]]) -> None:
        self.study, self.title, self._ask = study, title, ask
        self.answers: dict[str, Sequence[Row]] = {}

    def rows(self, question: str) -> Sequence[Row]:
        if question not in self.answers:
            self.answers[question] = self._ask(question)
        return self.answers[question]

    def row(self, question: str, **where: Any) -> Mapping[str, Any]:
        """The one row that is so; where there is none, one in which everything is missing."""
        found = [row for row in self.rows(question) if all(row[column] == value for column, value in where.items())]
        if len(found) > 1:
            raise LookupError(f"{question} has {len(found)} rows in which {where}")
        return found[0] if found else _Missing()

    def kept(self) -> str:
        """What was answered so far, as the text of a file."""
        lines = ",\n".join(
            f" {json.dumps(question)}: [\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "\n ]"
            for question, rows in sorted(self.answers.items())
        )
        head = {"study": self.study, "title": self.title}
        return f'{{"of": {json.dumps(head, ensure_ascii=False)},\n"answers": {{\n{lines}\n}}}}\n'


def of_results(connection: duckdb.DuckDBPyConnection) -> Asked:
    """The answers of a results folder."""
    ((name, title),) = connection.execute("select study, title from study").fetchall()
    return Asked(str(name), str(title), lambda question: answer(connection, question).entries)


def of_kept(path: Path) -> Asked:
    """The answers that a page was made of before. Raises TransferError where the file does not hold them."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        study, title, answers = held["of"]["study"], held["of"]["title"], dict(held["answers"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TransferError("Q091", f"{path} holds no answers of a page of findings: {error}") from error

    def ask(question: str) -> Sequence[Row]:
        if question not in answers:
            text = f"{path} has no answer to {question!r}; make it again with `transfer findings RESULTS`"
            raise TransferError("Q091", text)
        rows: Sequence[Row] = answers[question]
        return rows

    return Asked(study, title, ask)


class _Missing(dict[str, Any]):
    def __missing__(self, column: str) -> None:
        return None
