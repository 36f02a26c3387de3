"""Puts damaged and outdated tasks back to work."""

from typing import Annotated

import typer


def repair(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, s3://..., or a study's name.")],
) -> None:
    """Read every byte, and set aside what is damaged or outdated and what was made from it; then run again."""
    from jobs.results import find, holder
    from transfer.store import Store
    from transfer.store.repair import repair
    from transfer.store.upkeep import verify

    home = find(results)
    store = Store.open(home)
    store.place.hold(holder())
    try:
        verdict = verify(store)
        for problem in verdict.damaged:
            typer.echo(problem)
        done = repair(store, verdict)
    finally:
        store.place.release()
    for key in (*done.damaged, *done.outdated, *done.dependent):
        typer.echo(f"set aside: {key}")
    counts = (len(done.damaged), len(done.outdated), len(done.dependent))
    if not any(counts):
        typer.echo(f"{home}: nothing is damaged; nothing was changed.", err=True)
        return
    told = f"{counts[0]} damaged, {counts[1]} outdated, {counts[2]} made from those"
    typer.echo(f"{home}: {told}. Run the study again: they are made anew.", err=True)
