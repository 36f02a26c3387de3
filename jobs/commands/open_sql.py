"""Writes the tables and views of results for DuckDB's shell."""

from pathlib import Path
from typing import Annotated

import typer


def open_sql(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
) -> None:
    """Write open.sql into a results folder: the tables and views for `duckdb -init`, in DuckDB's own shell."""
    from analysis import shell
    from jobs.results import find
    from transfer.errors import TransferError

    folder = find(results)
    if not isinstance(folder, Path):
        raise TransferError("R074", f"{folder} is no folder of this machine; open.sql is written beside its rows")
    typer.echo(shell.write(folder))
