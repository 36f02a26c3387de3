"""A question is a file: one SELECT whose leading comment says what one row is and what is left out."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from analysis.published import published
from analysis.tables import DESCRIBED, PARQUET
from transfer.errors import TransferError

HERE = Path(__file__).parent
KINDS = ("views", "queries", "audits")
_READS: dict[str, frozenset[str]] = {}  # what a SELECT reads from, by its text: parsed once a process


@dataclass(frozen=True)
class Question:
    """One .sql file, known by its name."""

    name: str
    kind: str  # the folder it lies in
    sql: str

    @property
    def comment(self) -> str:
        """The leading comment, without its dashes."""
        lines = []
        for line in self.sql.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line.removeprefix("--").strip())
        return "\n".join(lines)

    @property
    def summary(self) -> str:
        """What one row is."""
        return self.comment.partition("\n")[0]


def questions(*kinds: str) -> dict[str, Question]:
    """The questions of some folders (all of them when none is named), by name, in alphabetical order."""
    files = [(kind, path) for kind in kinds or KINDS for path in sorted((HERE / kind).glob("*.sql"))]
    return {path.stem: Question(path.stem, kind, path.read_text("utf-8")) for kind, path in files}


def described() -> list[tuple[str, str, str]]:
    """Every table, view, query and audit: its name, what it is, and what one row of it is."""
    files = [(name, "table", meaning) for name, meaning in PARQUET.items()]
    tables = [(name, "table", meaning) for name, (meaning, _) in DESCRIBED.items()]
    papers = [(name, "table", meaning) for name, meaning in published().items()]
    kinds = {"views": "view", "queries": "query", "audits": "audit"}
    return files + tables + papers + [(one.name, kinds[one.kind], one.summary) for one in questions().values()]


def question(name: str) -> Question:
    """The question of that name; an error that knows the others when there is none."""
    known = questions("queries", "audits")
    if name in known:
        return known[name]
    raise TransferError("Q089", f"no question is called {name!r}.{nearest(name, known)} Known: {', '.join(known)}.")


def nearest(name: str, known: Mapping[str, Any] | list[str]) -> str:
    """A hint at the name that was probably meant, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def in_order(connection: duckdb.DuckDBPyConnection, asked: Mapping[str, Question]) -> list[Question]:
    """The questions, each after those that it reads from."""
    for one in asked.values():
        if one.sql not in _READS:
            _READS[one.sql] = frozenset(tables(_parsed(connection, one)))
    reads = {name: _READS[one.sql] & asked.keys() for name, one in asked.items()}
    return [asked[name] for name in TopologicalSorter(reads).static_order()]


def _parsed(connection: duckdb.DuckDBPyConnection, one: Question) -> list[dict[str, Any]]:
    try:
        return parsed(connection, one.sql)
    except ValueError as error:
        raise ValueError(f"analysis/{one.kind}/{one.name}.sql: {error}") from error


def parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """The nodes of a SELECT's tree as DuckDB's own parser makes it; ValueError for what it cannot write out."""
    (text,) = connection.execute("select json_serialize_sql($1)", [sql]).fetchone() or ("{}",)
    tree = json.loads(text)
    if tree.get("error"):
        raise ValueError(tree.get("error_message"))
    return list(_nodes(tree))


def tables(nodes: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names that stand where a table, a view or a part of the SELECT itself may, in small letters."""
    return {node["table_name"].lower() for node in nodes if node.get("type") == "BASE_TABLE"}


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    rest = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            yield node
            rest.extend(node.values())
        elif isinstance(node, list):
            rest.extend(node)
