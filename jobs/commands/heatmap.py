"""Draws the transfer matrix."""

from pathlib import Path
from typing import Annotated

import typer


def heatmap(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE.{png,pdf,svg}", help="[default: RESULTS/heatmap.png]"),
    ] = None,
    attack: Annotated[str, typer.Option(metavar="A", help="Which attack. [default: the study's first]")] = "",
    budget: Annotated[
        str, typer.Option(metavar="B", help="Which budget, as in 'linf 0.1'. [default: the attack's first]")
    ] = "",
    of: Annotated[
        str,
        typer.Option(
            metavar="both-right|target-right|surrogate-fooled|all", help="The images that the rates are shares of."
        ),
    ] = "both-right",
    part: Annotated[str, typer.Option(metavar="train|test", help="Which images. [default: the study's first]")] = "",
    order: Annotated[
        str,
        typer.Option(metavar="study|family|cluster", help="Like models side by side: in each family, or altogether."),
    ] = "study",
    width: Annotated[
        str,
        typer.Option(metavar="column|page", help="As wide as one column of a page, or two. [default: as needed]"),
    ] = "",
    colours: Annotated[str, typer.Option("--cmap", metavar="NAME", help="A colour map of matplotlib.")] = "cividis",
) -> None:
    """Draw the transfer matrix as a picture, with its SQL and its numbers beside it."""
    from analysis import database
    from analysis.figures import heatmap
    from jobs.results import beside, find

    folder = find(results)
    path = output or beside(folder, "heatmap.png")
    chosen = {"attack": attack, "budget": budget, "part": part, "of": of, "order": order, "width": width}
    unknown = heatmap.of_results(database.open(folder), path, colours=colours, **chosen)
    if unknown:
        hint = "install one, such as fonts-noto-cjk"
        typer.echo(f"No font here has {' '.join(unknown)}: written as code points ({hint}).", err=True)
    typer.echo(path)
