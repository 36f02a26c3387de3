"""Writes what was found as a page."""

from pathlib import Path
from typing import Annotated

import typer


def findings(
    results: Annotated[list[str], typer.Argument(metavar="RESULTS...", help="Results folders, or names of studies.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE.md", help="[default: stdout]")] = None,
) -> None:
    """Write what papers printed beside what was measured, with verdicts."""
    from analysis import database
    from analysis.findings import page
    from jobs.results import find
    from transfer.errors import TransferError

    folders = [find(one) for one in results]
    text = page(database.open(folder) for folder in folders)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TransferError("Q090", f"cannot write {output}: {error.strerror}") from error
    typer.echo(output)
