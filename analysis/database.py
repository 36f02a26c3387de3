"""Committed rows as tables, and every question as a view: where files become answers.

Only paths that the store has just checked are read, from explicit lists, and only what the current study names
is counted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from analysis.published import add_published
from analysis.questions import in_order, questions
from analysis.tables import PARQUET, describe, literal, read
from transfer.errors import TransferError
from transfer.store import Record, Store

QUIET = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


@dataclass(frozen=True)
class Tile:
    """An evaluate record, and which of its squares count."""

    record: Record
    squares: tuple[tuple[str, str], ...]  # those of the current study
    counted: frozenset[tuple[str, str]]  # those that no record with a lower task id covers

    @property
    def is_whole(self) -> bool:
        """Whether every row of its file counts."""
        return len(self.counted) == len(self.record.spec["crafts"]) * len(self.record.spec["targets"])


def open(results: Path | str) -> duckdb.DuckDBPyConnection:
    """A connection in which the rows of a results folder are tables and every .sql file is a view."""
    connection = duckdb.connect(config=QUIET)
    connection.execute("set enable_progress_bar = false; set python_enable_replacements = false")
    fill(connection, Store.open(results, writing=False))
    return connection


def fill(connection: duckdb.DuckDBPyConnection, store: Store, copied: Collection[str] | None = None) -> None:
    """Make the tables of a store's current study, and the views over them.

    Rows stay in their files, unless it is said which tables are to be copied; the others are then left empty.
    """
    study = store.study()
    if study is None:
        raise TransferError("R074", f"{store.location} holds no study yet. Run one with `transfer run STUDY`")
    records = store.records()
    tiles = list(tiles_of(study, [record for record in records if record.stage == "evaluate"]))
    _describe(connection, study, records, tiles, store.failures())
    named = {entry[kind] for kind in ("model", "craft", "probe") for entry in study.get(f"{kind}s", ())}
    used = [record for record in records if record.task in named]
    counted = [tile for tile in tiles if tile.counted]
    paths = _checked(store, [*used, *(tile.record for tile in counted)])
    for table in ("trained", "crafted", "measured"):
        read(connection, table, [path for (_, role), path in paths.items() if role == table], copied=copied)
    whole = [paths[tile.record.task, "predictions"] for tile in counted if tile.is_whole]
    in_part = {tile.record.task: paths[tile.record.task, "predictions"] for tile in counted if not tile.is_whole}
    read(connection, "predictions", whole, in_part, copied=copied)
    add_published(connection)
    add_views(connection)


def add_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Every .sql file as a view, with its leading comment."""
    for one in in_order(connection, questions()):
        connection.execute(f"create view {one.name} as {one.sql}")
        connection.execute(f"comment on view {one.name} is {literal(one.comment)}")


def tiles_of(study: Mapping[str, Any], records: Iterable[Record]) -> Iterator[Tile]:
    """The evaluate records that cover squares of the study; of two over one square the lower task id counts."""
    crafts = {entry["craft"] for entry in study["crafts"]}
    targets = {entry["model"] for entry in study["models"] if entry["is_target"]}
    taken: set[tuple[str, str]] = set()
    for record in sorted(records, key=lambda record: record.task):
        pairs = [(craft, target) for craft in record.spec["crafts"] for target in record.spec["targets"]]
        squares = tuple((craft, target) for craft, target in pairs if craft in crafts and target in targets)
        if squares:
            yield Tile(record, squares, frozenset(squares) - taken)
            taken.update(squares)


def _describe(
    connection: duckdb.DuckDBPyConnection,
    study: Mapping[str, Any],
    records: Sequence[Record],
    tiles: Sequence[Tile],
    failures: Sequence[Mapping[str, Any]],
) -> None:
    described: dict[str, Iterable[Mapping[str, Any]]] = {
        "study": [study],
        "models": study["models"],
        "crafts": [{**craft, "name": heading(craft)} for craft in study["crafts"]],
        "probes": study.get("probes", ()),
        "tiles": [
            {"craft": craft, "target": target, "task": tile.record.task, "is_counted": (craft, target) in tile.counted}
            for tile in tiles
            for craft, target in tile.squares
        ],
        "records": [
            {**vars(record), "bytes": sum(kept["bytes"] for kept in record.objects.values())} for record in records
        ],
        "failed_attempts": failures,
    }
    for table, entries in described.items():
        describe(connection, table, entries)


def heading(craft: Mapping[str, Any]) -> str:
    """What people call a craft: `noise like fgsm, linf 0.1, on lenet`."""
    made_by = f"{craft['control']} like {craft['attack']}" if craft["like"] and craft["control"] else craft["attack"]
    parts = [made_by or craft["role"], craft["budget"], craft["surrogates"] and f"on {craft['surrogate']}"]
    return ", ".join(part for part in parts if part)


def _checked(store: Store, records: Sequence[Record]) -> dict[tuple[str, str], Path]:
    """The paths of all tables of some records, each just checked against its SHA-256.

    Images and weights are checked too, although no question reads them: a matrix whose images have changed can
    no longer be looked into. Those in a bucket are not fetched for it.
    """
    store.place.pin()
    wanted = [(record, role) for record in records for role in record.objects]

    def look(asked: tuple[Record, str]) -> Path | None:
        record, role = asked
        if role in PARQUET:
            return store.fetch(record, role)
        store.check(record, role)
        return None

    with ThreadPoolExecutor(store.place.at_once) as pool:
        found = pool.map(look, wanted)
        return {(record.task, role): path for (record, role), path in zip(wanted, found, strict=True) if path}
