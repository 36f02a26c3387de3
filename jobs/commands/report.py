"""Writes the report."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.html", help="[default: RESULTS/report.html]")
    ] = None,
    images: Annotated[int, typer.Option(metavar="N", min=0, help="How many images of each square, at most.")] = 4,
) -> None:
    """Write everything that was found as one page: no server, no network, the SQL under every figure."""
    from analysis import report
    from jobs.results import beside, find

    folder = find(results)
    path = output or beside(folder, "report.html")
    report.write(folder, path, images)
    typer.echo(path)
