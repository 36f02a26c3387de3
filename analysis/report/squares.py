"""Every transfer matrix of a study as data for a page: counts alone, so that the page shows what SQL counts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb

from analysis.figures._sheet import entries
from analysis.likeness import ordered
from analysis.matrix import DENOMINATORS, Matrix, Row, matrix

Counts = list[list[int] | None]  # of each target: fooled, n, crafts pooled; None is a square that was not run


def matrices(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """One entry per attack, budget and part, in the study's order, with the counts of every denominator."""
    # Counted once: a matrix asks for a part of it, and there are many of these.
    connection.execute("create or replace temp table transfer_matrix as from main.transfer_matrix")
    alike = _alike(connection)
    return [_matrix(connection, chosen, alike) for chosen in _chosen(connection)]


def _chosen(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return entries(
        connection,
        "select attack, budget, part from crafts where role = 'attack' group by all order by min(position)",
    )


def _matrix(
    connection: duckdb.DuckDBPyConnection, chosen: Mapping[str, Any], alike: Mapping[Any, Any]
) -> dict[str, Any]:
    by_denominator = {of: matrix(connection, **chosen, of=of) for of in DENOMINATORS}
    shown = by_denominator["both-right"]
    turned = ordered(shown, "cluster")
    return {
        **chosen,
        "heading": ", ".join([chosen["attack"], chosen["budget"], f"{chosen['part']} images"]),
        "rows": list(_rows(by_denominator, alike)),
        "alike": {
            "rows": [row.label.name for row in turned.surrogates],
            "columns": [label.name for label in turned.columns],
        },
        "sql": shown.sql,
    }


def _rows(by_denominator: Mapping[str, Matrix], alike: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    first = by_denominator["both-right"]
    for place, row in enumerate((*first.surrogates, *first.controls)):
        same = {of: (*one.surrogates, *one.controls)[place] for of, one in by_denominator.items()}
        is_attack = place < len(first.surrogates)
        craft = row.craft if is_attack else None
        yield {
            "name": row.label.name,
            "family": row.label.family,
            "kind": "attack" if is_attack else "clean" if row.is_clean else "control",
            "craft": craft,
            "own": [place for place, square in enumerate(row.squares) if square and square.is_diagonal],
            "counts": {of: _counts(one) for of, one in same.items()},
            "alike": [alike.get((craft, label.name)) for label in first.columns] if craft else None,
        }


def _counts(row: Row) -> Counts:
    return [[square.fooled, square.n, square.pooled] if square else None for square in row.squares]


def _alike(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[int]]:
    """Of each square the images fooled into the surrogate's class, and all that are fooled: where both are right."""
    rows = connection.execute(
        """
        select verdicts.craft, targets.name, count_if(is_same_mistake), count_if(is_fooled)
        from verdicts
        inner join crafts using (craft)
        inner join targets using (target)
        where crafts.role = 'attack' and is_both_right
        group by all
        """
    ).fetchall()
    return {(craft, target): [same, fooled] for craft, target, same, fooled in rows}


def holes(matrices: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """How many squares of surrogates were asked for, and how many of these have not been run."""
    squares = [
        square
        for one in matrices
        for row in one["rows"]
        if row["kind"] == "attack"
        for square in row["counts"]["both-right"]
    ]
    return len(squares), squares.count(None)
