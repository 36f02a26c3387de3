"""A file for DuckDB's own shell: the tables and views of a results folder, without this program.

`duckdb -init results/NAME/open.sql` gives what `analysis.open` gives, in any shell from 1.5 on. Tables that are read
out of records are written out; rows stay in their Parquet files, whose paths are relative to the results folder.
"""

import glob
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from analysis.database import QUIET, fill
from analysis.published import published
from analysis.tables import PARQUET, literal
from transfer.errors import TransferError
from transfer.store import Store

NAME = "open.sql"
HEAD = """-- {title}: tables and views for DuckDB's shell, 1.5 or newer: duckdb -init {folder}/{name}
--
-- Start it in {folder}, or from where it was written. `show all tables;` lists what there is, and
-- `from transfer_matrix limit 5;` asks.
-- Made of what was committed then; `transfer open-sql {folder}` makes it again.
set file_search_path = {paths};
"""


def write(results: Path) -> Path:
    """Writes `open.sql` into a results folder; returns its path."""
    path = results / NAME
    # The shell looks for files in these folders in turn: beside this file, or from where it was written.
    text = script(results, dict.fromkeys([".", str(results), str(results.absolute())]))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TransferError("Q090", f"cannot write {path}: {error.strerror}") from error
    return path


def script(results: Path, folders: Iterable[str] = (".",)) -> str:
    """The text of the file, which looks for the rows in some folders."""
    store = Store.open(results, writing=False)
    recorder = _Recorder(duckdb.connect(config=QUIET), results)
    fill(recorder, store)  # it executes, as a connection does
    title = (store.study() or {}).get("title") or results.name
    folder, paths = results.absolute().name, literal(",".join(folders))
    head = HEAD.format(title=" ".join(str(title).split()), folder=folder, name=NAME, paths=paths)
    return head + "".join(f"\n{statement};\n" for statement in recorder.statements)


class _Recorder:
    """A connection that remembers what it has made, with values written out and paths relative."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, results: Path) -> None:
        self.connection, self.results = connection, results
        self.statements: list[str] = []

    def execute(self, sql: str, values: Sequence[Any] | None = None) -> duckdb.DuckDBPyConnection:
        made = self.connection.execute(sql, values) if values else self.connection.execute(sql)
        if sql.startswith(("create", "comment")):
            self.statements.append(self._written(sql, list(values or ())))
        return made

    def _written(self, sql: str, values: Sequence[Any]) -> str:
        table = re.match(r"create table (published_\w+) as", sql)
        if table and table[1] in published():
            return self._rows_of(table[1])
        if sql.startswith(tuple(f"create view {name} " for name in PARQUET)):
            return sql.replace(f"'{self._inside(sql)}", "'")
        return re.sub(r"\$(\d)", lambda found: literal(values[int(found[1]) - 1]), sql).rstrip().rstrip(";")

    def _inside(self, sql: str) -> str:
        """The results folder as it stands in SQL: a literal, in which signs of a pattern are escaped."""
        folder = literal(glob.escape(str(self.results.absolute())) + "/")[1:-1]
        return folder if folder in sql else literal(str(self.results.absolute()) + "/")[1:-1]

    def _rows_of(self, table: str) -> str:
        """A table of a paper, written out: its file lies in the package, not in the results."""
        found = self.connection.execute(f"from {table}")
        columns = {column[0]: str(column[1]) for column in found.description or ()}
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        values = [json.dumps(rows, default=str, ensure_ascii=False), json.dumps([columns])]
        given = ", ".join(map(literal, values))
        return f"create table {table} as select unnest(from_json({given}), max_depth := 2)"
