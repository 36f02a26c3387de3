"""Looks at a study before anything is trained."""

import tempfile
from typing import Annotated

import typer


def check(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A study file, or a name from `transfer list studies`.")
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change the study, as in every_model.seed=[0,1,2]."),
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="The study's small form.")] = False,
    large: Annotated[bool, typer.Option("--large", help="The study's large form.")] = False,
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="SHA256", help="Run this module though it is another user's.")
    ] = None,
) -> None:
    """Build every network, load every weight file, run every attack on 8 images; train and write nothing."""
    from jobs.data import facts_of
    from jobs.request import find_study
    from transfer import datasets
    from transfer.plan import plan
    from transfer.rehearse import IMAGES, Rehearsal, rehearse
    from transfer.stages import settle
    from transfer.store import Store
    from transfer.study import read

    size = "small" if small else "large" if large else ""
    asked = read(find_study(study), overrides=overrides or (), size=size, trusted=trust or ())
    facts = facts_of(asked)
    asked.check(facts)
    for remark in datasets.remarks(facts):
        typer.echo(remark, err=True)
    settle(1)
    problems = 0
    with tempfile.TemporaryDirectory() as folder:  # a person's own modules are read as a worker reads them
        store = Store.open(folder)
        for path in asked.files.values():
            store.keep(path)
        planned = plan(asked, facts)
        names = {row["model"]: row["name"] for row in planned.document["models"]}
        for line in rehearse(planned, Rehearsal(store), names):
            typer.echo(f"{'error' if line.problem else 'ok   '} {': '.join(filter(None, (line.what, line.problem)))}")
            if line.remark:
                typer.echo(line.remark, err=True)
            problems += bool(line.problem)
    count = len(planned.tasks)
    if problems:
        typer.echo(f"{asked.name}: {problems} problems; nothing was trained or written.", err=True)
        raise typer.Exit(2)
    typer.echo(f"{asked.name}: {count} tasks, tried on {IMAGES} images; boxes, balls and shapes hold.", err=True)
