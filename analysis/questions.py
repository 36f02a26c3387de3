"""A question is a file: one SELECT whose leading comment says what one row is and what is left out."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from transfer.errors import TransferError

HERE = Path(__file__).parent
KINDS = ("views", "queries", "audits")


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
    reads = {name: tables(connection, one.sql) & asked.keys() for name, one in asked.items()}
    return [asked[name] for name in TopologicalSorter(reads).static_order()]


def tables(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """The tables and views that a SELECT names, found by DuckDB's own parser; its own CTEs are not among them."""
    (text,) = connection.execute("select json_serialize_sql($1)", [sql]).fetchone() or ("{}",)
    tree = json.loads(text)
    if tree.get("error"):
        raise ValueError(f"DuckDB cannot parse this: {tree.get('error_message')}")
    nodes = list(_nodes(tree))
    named = {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"}
    own = {entry["key"] for node in nodes if "cte_map" in node for entry in node["cte_map"]["map"]}
    return named - own


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    rest = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            yield node
            rest.extend(node.values())
        elif isinstance(node, list):
            rest.extend(node)
