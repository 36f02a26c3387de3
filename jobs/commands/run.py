"""Runs a study, or goes on with it."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jobs.run_study import Asked, Wishes


def run(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="A study file, or a name from `transfer list studies`.")
    ],
    results: Annotated[
        str | None, typer.Option(metavar="DIR|s3://...", help="Where results go. [default: results/<study>]")
    ] = None,
    address: Annotated[
        str,
        typer.Option(metavar="auto|local|ADDR", help="A Ray cluster; auto: the one in RAY_ADDRESS, else a local Ray."),
    ] = "auto",
    workers: Annotated[int | None, typer.Option(min=1, help="Tasks at a time. [default: one per CPU]")] = None,
    gpus_per_worker: Annotated[
        str, typer.Option(metavar="1/K", help="A slice of a GPU for each worker: 1, 1/2 ...", show_default="none")
    ] = "0",
    serial: Annotated[bool, typer.Option("--serial", help="Run in this process, without Ray.")] = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change the study, as in every_model.seed=[0,1,2]."),
    ] = None,
    small: Annotated[bool, typer.Option("--small", help="The study's small form.")] = False,
    large: Annotated[bool, typer.Option("--large", help="The study's large form.")] = False,
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="SHA256", help="Run this module though it is another user's.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try failed tasks again.")] = False,
    only: Annotated[
        str, typer.Option(metavar="TASK", help="One task, by the start of its id, and what it needs.")
    ] = "",
    deadline: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="How long a task may take before its worker is ended.")
    ] = 3600,
    force: Annotated[bool, typer.Option("--force", help="Beside another run over the same results.")] = False,
    single_writer: Annotated[
        bool, typer.Option("--single-writer", help="For S3 without conditional writes: no other run writes there.")
    ] = False,
    log_format: Annotated[
        str, typer.Option(metavar="text|json", help="What stderr gets: words for people, or an object an event.")
    ] = "text",
    insecure: Annotated[bool, typer.Option("--insecure", help="On a cluster that lets anybody in.")] = False,
    supervise: Annotated[bool, typer.Option("--supervise", help="Begin again when the cluster's head dies.")] = False,
) -> None:
    """Run a study, or go on with one. Ctrl-C is safe."""
    from jobs.cluster import Place, slice_of
    from jobs.run_study import Asked, Wishes, run_study
    from transfer.errors import TransferError

    if small and large:
        raise TransferError("U089", "give --small or --large, not both")
    if log_format not in ("text", "json"):
        raise TransferError("U089", f"--log-format: {log_format!r} is neither text nor json")
    asked = Asked(study, results, overrides or (), "small" if small else "large" if large else "", trust or ())
    place = Place(address, workers, slice_of(gpus_per_worker), insecure)
    wishes = Wishes(place, serial, retry_failed, only, deadline, force, log_format, single_writer)
    raise typer.Exit(_watched(asked, wishes) if supervise else run_study(asked, wishes))


def _watched(asked: "Asked", wishes: "Wishes") -> int:
    """Runs it in a process of its own, again and again while that dies; its exit code."""
    from jobs.closing import executable
    from jobs.supervisor import supervise

    once = [*(["--force"] if wishes.is_forced else []), *(["--retry-failed"] if wishes.retry_failed else [])]
    return supervise([*executable(), *asked.words(), *wishes.words(), *once])
