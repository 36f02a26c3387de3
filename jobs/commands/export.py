"""Writes one file with everything of a study that others need."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.zip", help="[default: NAME.zip, here]")
    ] = None,
) -> None:
    """Write one clean copy to hand on: study, rows, views, report, figures, and how to redo it."""
    from analysis import bundle
    from jobs.results import find
    from transfer.errors import TransferError

    folder = find(results)
    if not isinstance(folder, Path):
        raise TransferError("R074", f"{folder} is no folder of this machine; copy it here first")
    path = output or Path(f"{folder.absolute().name}.zip")
    bundle.write(folder, path)
    typer.echo(path)
