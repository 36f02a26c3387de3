"""Draws a figure that has a name."""

from collections.abc import Callable, Mapping
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
        str,
        typer.Option(metavar="WHAT", help="What it is drawn of: a question, a denominator, or the number of an image."),
    ] = "",
    width: Annotated[str, typer.Option(metavar="column|page", help="As wide as a column of a page, or as both.")] = "",
    attack: Annotated[str, typer.Option(metavar="A", help="Which attack. [default: the study's first]")] = "",
    budget: Annotated[str, typer.Option(metavar="B", help="Which budget. [default: the attack's first]")] = "",
    part: Annotated[str, typer.Option(metavar="train|test", help="Which images. [default: the study's first]")] = "",
) -> None:
    """Draw a figure for a paper, with its SQL and its numbers beside it: curves, map, gallery, asymmetry, ..."""
    from analysis import database, figures, tabular
    from jobs.results import beside, find

    folder = find(results)
    if not name:
        typer.echo(tabular.table(("figure", "what it shows"), list(figures.figures().items())), nl=False)
        return
    drawn = figures.figure(name)
    asked = {"of": of, "width": width, "attack": attack, "budget": budget, "part": part}
    wanted = _taken(name, drawn, {word: text for word, text in asked.items() if text})
    if "results" in signature(drawn).parameters:
        wanted["results"] = folder
    path = output or beside(folder, f"{name}.png")
    unknown = drawn(database.open(folder), path, **wanted)
    if unknown:
        hint = "install one, such as fonts-noto-cjk"
        typer.echo(f"No font here has {' '.join(unknown)}: written as code points ({hint}).", err=True)
    typer.echo(path)


def _taken(name: str, drawn: Callable[..., str], asked: Mapping[str, str]) -> dict[str, object]:
    """The options that are given; an error for one that the figure does not have."""
    from transfer.errors import TransferError

    known = [word for word in signature(drawn).parameters if word not in {"connection", "path", "results"}]
    for word in asked:
        if word not in known:
            options = ", ".join(f"--{one}" for one in known) or "no options"
            raise TransferError("U089", f"the figure {name} has no --{word}. It has: {options}.")
    return dict(asked)
