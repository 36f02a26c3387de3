"""Runs a study on a cluster that goes on when this machine is closed."""

from typing import Annotated

import typer


def submit(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A study file, or a name from `transfer list studies`.")
    ],
    address: Annotated[str, typer.Option(metavar="http://...", help="The cluster's dashboard: http://127.0.0.1:8265.")],
    results: Annotated[str, typer.Option(metavar="DIR|s3://...", help="Where results go: seen from here and there.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Tasks at a time. [default: one per CPU]")] = None,
    gpus_per_worker: Annotated[str, typer.Option(metavar="1/K", help="A slice of a GPU for each worker.")] = "0",
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the study, as for `transfer run`.")
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="The study's small form.")] = False,
    large: Annotated[bool, typer.Option("--large", help="The study's large form.")] = False,
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="SHA256", help="Run this module though it is another user's.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="To a cluster that lets anybody in: whoever reaches it runs code there.")
    ] = False,
) -> None:
    """Hand a study to a cluster. What it names of your own travels with the results, by digest."""
    import shlex

    from jobs.closing import executable, say
    from jobs.cluster import Place, slice_of
    from jobs.dashboard import jobs_of
    from jobs.run_study import Asked, Wishes
    from jobs.submission import job, submitted
    from transfer.errors import TransferError

    if small and large:
        raise TransferError("U089", "give --small or --large, not both")
    size = "small" if small else "large" if large else ""
    wishes = Wishes(Place(workers=workers, gpus=slice_of(gpus_per_worker), is_insecure=insecure))
    with jobs_of(address, is_insecure=insecure) as client:
        earlier = [one.submission_id or "" for one in client.list_jobs()]
        asked = job(Asked(study, results, overrides or (), size, trust or ()), wishes, earlier)
        submitted(client, asked)
    typer.echo(asked.id)
    program = shlex.join(executable())
    say(f"Follow: {program} status {shlex.quote(asked.metadata['results'])} --watch")
    say(f"Stop:   {program} stop {asked.id} --address {address}")
    say("Go on:  the same command again; what is done is not done again.")
