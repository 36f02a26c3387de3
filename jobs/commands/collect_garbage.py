"""Frees the space of attempts that lost or died."""

import re
from typing import Annotated

import typer

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def collect_garbage(
    results: Annotated[str, typer.Argument(metavar="RESULTS", help="A results folder, s3://..., or a study's name.")],
    older_than: Annotated[
        str, typer.Option(metavar="AGE", help="As 12h, 30m, 0s; below 7d no run may be at work there.")
    ] = "7d",
) -> None:
    """Remove objects that no record names, and temporary files. What is committed stays, and what still may be."""
    from jobs.results import find, holder
    from transfer.store import Store
    from transfer.store.garbage import DAYS, collect

    age = _seconds(older_than)
    home = find(results)
    store = Store.open(home)
    if age < DAYS * UNITS["d"]:
        store.place.hold(holder())
    try:
        done = collect(store, age)
    finally:
        store.place.release()
    removed = f"removed {done.objects:,} objects ({done.bytes:,} bytes) that no record names"
    typer.echo(f"{home}: {removed} and {done.temporaries:,} temporary files")
    if done.young:
        typer.echo(f"{done.young:,} objects without a record are younger than {older_than} and stay.", err=True)


def _seconds(text: str) -> float:
    from transfer.errors import TransferError

    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if not found:
        raise TransferError("U089", f"--older-than {text}: give a number and s, m, h or d, as 12h or 7d")
    return float(found[1]) * UNITS[found[2]]
