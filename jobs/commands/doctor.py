"""Whether a study can run on this machine, or on a cluster."""

from typing import Annotated

import typer

ENVIRONMENT = 4


def doctor(
    address: Annotated[
        str, typer.Option(metavar="auto|local|ADDR", help="A Ray cluster, host:port; auto: RAY_ADDRESS, else local.")
    ] = "auto",
    results: Annotated[
        str | None, typer.Option(metavar="DIR|s3://...", help="Where results will go: written and read once.")
    ] = None,
    gpus_per_worker: Annotated[str, typer.Option(metavar="1/K", help="As for `transfer run`.")] = "0",
    insecure: Annotated[bool, typer.Option("--insecure", help="Look at a cluster that lets anybody in.")] = False,
) -> None:
    """Look at versions, memory, GPUs, token and results storage of all nodes; each line ok, warn or error."""
    from jobs.cluster import Place, slice_of
    from jobs.doctor import examine
    from jobs.results import home

    place = Place(address, None, slice_of(gpus_per_worker), insecure)
    has_error = False
    for one in examine(place, home(results) if results else None):
        fix = f"\n{'':6}fix: {one.fix}" if one.fix and one.level != "ok" else ""
        typer.echo(f"{one.level:6}{one.what}: {one.text}{fix}")
        has_error = has_error or one.level == "error"
    raise typer.Exit(ENVIRONMENT if has_error else 0)
