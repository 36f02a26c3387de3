"""Draws a figure that has a name."""

from inspect import signature
from pathlib import Path
from typing import Annotated

import typer


def figure(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which figure; without one, all are listed.")] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE.{png,pdf,svg}", help="[default: RESULTS/NAME.png]"),
    ] = None,
    of: Annotated[
        str, typer.Option(metavar="WHAT", help="What it is drawn of: a question, or for heatmap a denominator.")
    ] = "",
) -> None:
    """Draw a figure, such as published numbers beside ours."""
    from analysis import database, figures, tabular
    from jobs.results import beside, find

    folder = find(results)
    if not name:
        typer.echo(tabular.table(("figure", "what it shows"), list(figures.figures().items())), nl=False)
        return
    drawn = figures.figure(name)
    path = output or beside(folder, f"{name}.png")
    wanted = {"results": folder} if "results" in signature(drawn).parameters else {}
    unknown = drawn(database.open(folder), path, of, **wanted)
    if unknown:
        hint = "install one, such as fonts-noto-cjk"
        typer.echo(f"No font here has {' '.join(unknown)}: written as code points ({hint}).", err=True)
    typer.echo(path)
