"""The papers' own numbers as tables: one .csv file each, whose first line says what one row is and whose paper.

Only what was confirmed at the source is here: nothing from memory, and nothing that was read off a graph.
"""

import glob
from pathlib import Path

import duckdb

from analysis.tables import literal

HERE = Path(__file__).parent


def published() -> dict[str, str]:
    """What one row of each table is, by the table's name, in alphabetical order."""
    return {f"published_{path.stem}": _meaning(path) for path in sorted(HERE.glob("*.csv"))}


def add_published(connection: duckdb.DuckDBPyConnection) -> None:
    """Every .csv file as a table, copied: later the connection may be cut off from all files."""
    for path in sorted(HERE.glob("*.csv")):
        file = literal(glob.escape(str(path)))
        rows = f"read_csv({file}, skip = 1, header = true, sample_size = -1)"
        connection.execute(f"create table published_{path.stem} as from {rows}")
        connection.execute(f"comment on table published_{path.stem} is {literal(_meaning(path))}")


def _meaning(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return lines.readline().removeprefix("#").strip()
