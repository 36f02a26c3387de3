"""What a study will do and cost, before it does it."""

from typing import Annotated

import typer


def plan(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A study file, or a name from `transfer list studies`.")
    ],
    results: Annotated[
        str | None, typer.Option(metavar="DIR|s3://...", help="Where its results are. [default: results/<study>]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Tasks at a time, for the time. [default: one per CPU]")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change the study, as in every_model.seed=[0,1,2]."),
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="The study's small form.")] = False,
    large: Annotated[bool, typer.Option("--large", help="The study's large form.")] = False,
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="SHA256", help="Run this module though it is another user's.")
    ] = None,
    tasks: Annotated[bool, typer.Option("--tasks", help="List the tasks with their ids; measure nothing.")] = False,
) -> None:
    """Show what a study will do, what it will cost, and what of it is done. Writes nothing."""
    from jobs.planning import bill, listed
    from jobs.request import request
    from jobs.results import home

    size = "small" if small else "large" if large else ""
    place = home(results) if results else None
    asked = request(study, place, overrides=overrides or (), size=size, trusted=trust or (), writing=False)
    for line in listed(asked) if tasks else bill(asked, workers):
        typer.echo(line)
