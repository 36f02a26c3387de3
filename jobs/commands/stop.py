"""Ends a study on a cluster."""

from typing import Annotated

import typer


def stop(
    job: Annotated[str, typer.Argument(metavar="JOB", help="The id that `transfer submit` has shown.")],
    address: Annotated[str, typer.Option(metavar="http://...", help="The cluster's dashboard: http://127.0.0.1:8265.")],
    insecure: Annotated[bool, typer.Option("--insecure", help="On a cluster that lets anybody in.")] = False,
) -> None:
    """Stop a job: what is running may end, nothing more begins, and nothing that is done is lost."""
    from jobs.dashboard import jobs_of
    from jobs.submission import stopped

    with jobs_of(address, is_insecure=insecure) as client:
        typer.echo(f"{job}: {stopped(client, job).lower()}")
