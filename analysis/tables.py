"""The tables: what one row of each is, which columns it has, and how it comes into DuckDB.

Names never become SQL: what is read out of JSON is handed over as data.
"""

import glob
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from transfer.schemas import TABLES

TYPES = {
    "string": "VARCHAR",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "float": "FLOAT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
}
PARQUET = {
    "predictions": "One row per craft, target and image: what the target says to the crafted image.",
    "crafted": "One row per craft and image: how large the perturbation is and what the surrogate says.",
    "trained": "One row per model, epoch and part: how many images were right and how large the loss was.",
    "measured": "One row per value that a probe has measured.",
}

# What is read out of studies/, records/ and failures/: the columns of each table, and what one row is.
DESCRIBED: dict[str, tuple[str, dict[str, Any]]] = {
    "study": (
        "One row: the current study.",
        {"study": "VARCHAR", "title": "VARCHAR", "data": "JSON"},
    ),
    "models": (
        "One row per model of the current study.",
        {
            "model": "VARCHAR",
            "name": "VARCHAR",
            "family": "VARCHAR",
            "architecture": "VARCHAR",
            "split": "VARCHAR",
            "seed": "BIGINT",
            "trained_as": "VARCHAR",
            "epoch": "INTEGER",
            "position": "INTEGER",
            "answers": "VARCHAR",
            "asks": ["VARCHAR"],
            "is_surrogate": "BOOLEAN",
            "is_target": "BOOLEAN",
        },
    ),
    "crafts": (
        "One row per craft of the current study: one attack with one budget on one surrogate, or a control.",
        {
            "craft": "VARCHAR",
            "name": "VARCHAR",
            "surrogate": "VARCHAR",
            "surrogates": ["VARCHAR"],
            "attack": "VARCHAR",
            "budget": "VARCHAR",
            "norm": "VARCHAR",
            "epsilon": "DOUBLE",
            "role": "VARCHAR",
            "control": "VARCHAR",
            "made_like": "VARCHAR",
            "part": "VARCHAR",
            "images": "INTEGER",
            "chosen": "VARCHAR",
            "toward": "VARCHAR",
            "iterated": "VARCHAR",
            "step": "INTEGER",
            "position": "INTEGER",
        },
    ),
    "probes": (
        "One row per probe of the current study and what it is asked of: a model, a pair of models, a craft.",
        {
            "probe": "VARCHAR",
            "name": "VARCHAR",
            "function": "VARCHAR",
            "model": "VARCHAR",
            "other": "VARCHAR",
            "craft": "VARCHAR",
            "attack": "VARCHAR",
            "budget": "VARCHAR",
            "part": "VARCHAR",
            "images": "INTEGER",
            "position": "INTEGER",
        },
    ),
    "tiles": (
        "One row per square of the current study and evaluate record that covers it.",
        {"craft": "VARCHAR", "target": "VARCHAR", "task": "VARCHAR", "is_counted": "BOOLEAN"},
    ),
    "records": (
        "One row per finished task in the folder, those of earlier versions of the study included.",
        {
            "task": "VARCHAR",
            "stage": "VARCHAR",
            "seconds": "DOUBLE",
            "host": "VARCHAR",
            "pid": "BIGINT",
            "attempt": "VARCHAR",
            "bytes": "BIGINT",
            "spec": "JSON",
            "provenance": "JSON",
        },
    ),
    "failed_attempts": (
        "One row per attempt of a task that failed, whether or not a later one succeeded.",
        {
            "task": "VARCHAR",
            "stage": "VARCHAR",
            "attempt": "VARCHAR",
            "cause": "VARCHAR",
            "message": "VARCHAR",
            "traceback": "VARCHAR",
            "seconds": "DOUBLE",
        },
    ),
}
RENAMED = {"position": "order", "made_like": "like"}  # words that SQL keeps for itself


def describe(connection: duckdb.DuckDBPyConnection, table: str, entries: Iterable[Mapping[str, Any]]) -> None:
    """Make one table out of JSON; what an entry lacks is null."""
    meaning, columns = DESCRIBED[table]
    rows = [{name: entry.get(RENAMED.get(name, name)) for name in columns} for entry in entries]
    connection.execute(
        f"create table {table} as select unnest(from_json($1, $2), max_depth := 2)",
        [json.dumps(rows), json.dumps([columns])],
    )
    connection.execute(f"comment on table {table} is {literal(meaning)}")


def read(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    whole: Sequence[Path],
    in_part: Mapping[str, Path] | None = None,
    copied: Collection[str] | None = None,
) -> None:
    """Make one table out of Parquet files; of the files `in_part`, by task, only the rows of squares that count.

    It is a view over the files, or where `copied` is given a copy of them if the table is among those, else empty.
    """
    columns = ", ".join(f"null::{TYPES[str(field.type)]} as {field.name}" for field in TABLES[table])
    # The empty SELECT gives names and types, also for a column that files of an older schema lack.
    parts = [f"select {columns} where false"]
    is_left_empty = copied is not None and table not in copied
    if whole and not is_left_empty:
        parts.append(f"select * from read_parquet({_paths(whole)}, union_by_name = true)")
    if in_part and not is_left_empty:
        files = ", ".join(f"({literal(str(path.absolute()))}, {literal(task)})" for task, path in in_part.items())
        parts.append(f"""
            select rows.* exclude (filename)
            from read_parquet({_paths(list(in_part.values()))}, union_by_name = true, filename = true) as rows
            semi join (tiles inner join (values {files}) as files(filename, task) using (task)) as counted on
                counted.is_counted
                and rows.craft = counted.craft
                and rows.target = counted.target
                and parse_filename(rows.filename) = parse_filename(counted.filename)
        """)
    kind = "view" if copied is None else "table"
    connection.execute(f"create {kind} {table} as {' union all by name '.join(parts)}")
    connection.execute(f"comment on {kind} {table} is {literal(PARQUET[table])}")


def literal(text: str) -> str:
    """A text as SQL, where DuckDB takes no parameters."""
    return "'" + text.replace("'", "''") + "'"


def _paths(paths: Sequence[Path]) -> str:
    # DuckDB reads a path as a pattern: in a folder called `a[1]` it would read the files of `a1`.
    return "[" + ", ".join(literal(glob.escape(str(path.absolute()))) for path in paths) + "]"
