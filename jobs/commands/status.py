"""What is done, what failed and what is left."""

from pathlib import Path
from typing import Annotated

import typer


def status(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, or the name of a study.")],
    failed: Annotated[bool, typer.Option("--failed", help="With the traceback of each failure.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on looking until nothing is left.")] = False,
    audits: Annotated[
        bool | None,
        typer.Option(help="Read all rows and look for what must not exist.", show_default="when nothing is left"),
    ] = None,
) -> None:
    """Show what is done, failed and left, from the results alone, and what audits find."""
    from jobs.results import find
    from jobs.standing import standing
    from transfer.errors import TransferError
    from transfer.store import Store

    folder = find(results)
    store = Store.open(folder, writing=False)
    if watch:
        from jobs.watching import watch as lines

        for line in lines(store):
            typer.echo(line)
    found = standing(store)
    if found is None:
        raise TransferError(
            "R093", f"{folder} holds no study yet. Run one with `transfer run STUDY --results {folder}`"
        )
    typer.echo(f"{found.study} in {folder}\n\n{'':8}{'done':>8}{'failed':>8}{'left':>8}")
    for count in found.counts:
        typer.echo(f"{count.what:8}{count.done:8}{count.failed:8}{count.left:8}")
    for failure in found.failures:
        again = "" if failure.is_given_up else " The next run tries again."
        times = "once" if failure.attempts == 1 else f"{failure.attempts} times"
        typer.echo(f"\n{failure.task[:12]}  {failure.what} failed {times}: {_first(failure.reason)}.{again}")
        if failed and failure.traceback:
            typer.echo(failure.traceback.rstrip())
    if any(failure.is_given_up for failure in found.failures):
        hint = "" if failed else "`--failed` shows tracebacks; "
        typer.echo(f"\n{hint}`transfer run STUDY --retry-failed` tries again.", err=True)
    if audits or (audits is None and not any(count.left for count in found.counts)):
        _audit(folder)


def _audit(folder: Path | str) -> None:
    """A line for each audit that has found rows, or one for all."""
    from analysis import answers, database

    found = answers.audited(database.open(folder))
    typer.echo()
    for name, rows in found.items():
        if rows:
            typer.echo(
                f"audit {name}: {rows:,} row{'' if rows == 1 else 's'}. `transfer ask {folder} {name}` shows them"
            )
    if not any(found.values()):
        typer.echo(f"{len(found)} audits find nothing that must not exist.")


def _first(text: str) -> str:
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else "no message"
