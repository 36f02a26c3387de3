"""Is everything still what was committed?"""

from typing import Annotated

import typer


def verify(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, s3://..., or a study's name.")],
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every byte and compare its SHA-256, not only that files are whole.")
    ] = False,
) -> None:
    """Compare results with their records; change nothing. Exit code 5 where something is damaged."""
    from jobs.results import find
    from transfer.errors import DamagedResults
    from transfer.store import Store
    from transfer.store.upkeep import verify

    home = find(results)
    found = verify(Store.open(home, writing=False), deep=deep)
    for problem in found.damaged:
        typer.echo(problem)
    for line in found.outdated:
        typer.echo(f"outdated: {line}")
    how = "every SHA-256 compared" if deep else "checksums of records and sizes of objects compared; --deep reads all"
    gone = f", {found.dropped:,} files of pixels let go as the study says" * bool(found.dropped)
    typer.echo(f"{home}: {found.records:,} records, {found.objects:,} objects, {found.bytes:,} bytes ({how}){gone}")
    left = f"{found.orphans:,} objects that no record names, {found.temporaries:,} temporary files"
    typer.echo(f"beside them: {left}, {found.aside:,} set aside, {_unknown(found.unknown)}")
    if not found.is_sound:
        raise typer.Exit(_told(home, len(found.damaged), len(found.outdated), DamagedResults.exit_code))
    typer.echo("Nothing is damaged.")


def _unknown(names: tuple[str, ...]) -> str:
    shown = f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else ""
    return f"{len(names):,} unknown file{'' if len(names) == 1 else 's'}{shown}"


def _told(home: object, damaged: int, outdated: int, code: int) -> int:
    typer.echo(
        f"{damaged} damaged, {outdated} outdated. `transfer repair {home}` sets them aside with what was made from "
        "them, and the next run makes them again.",
        err=True,
    )
    return code
