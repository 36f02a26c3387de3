"""A study as a job of a cluster, under an id that says which study, in which words, for the how many-th time."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jobs import results
from jobs.bundle import pack
from jobs.request import find_study
from jobs.run_study import Asked, Wishes
from transfer.errors import EnvironmentProblem, TransferError
from transfer.identity import digest
from transfer.store import Store
from transfer.study import read

STOPPED = 90.0  # seconds for a job to end: it lets what is running end, at most half a minute


@dataclass(frozen=True)
class Job:
    """What is handed to the cluster."""

    id: str
    words: Sequence[str]
    metadata: dict[str, str]

    @property
    def entrypoint(self) -> str:
        return shlex.join(["python", "-m", "jobs.run_study", *self.words])


def job(asked: Asked, wishes: Wishes, earlier: Sequence[str]) -> Job:
    """The study, kept with its results, as a job; `earlier` are the ids that the cluster has seen."""
    path = find_study(asked.study)
    study = read(path, overrides=asked.overrides, size=asked.size, trusted=asked.trusted)
    home = results.home(asked.results) if asked.results else results.home_of(study.name)
    kept = pack(path, study, Store.open(home, single_writer=wishes.has_single_writer))
    there = str(results.shown(home))
    _, *words = [*replace(asked, study=kept, results=there).words(), *wishes.words()]
    spec = digest(study.resolved())
    front = f"{study.name}-{spec[:12]}-"
    attempt = 1 + sum(one.startswith(front) for one in earlier)
    return Job(f"{front}{attempt}", words, {"study": study.name, "spec": spec, "results": there})


def submitted(client: Any, asked: Job) -> None:
    """Hands it over; refused where the same study is at work already."""
    front = asked.id.rpartition("-")[0]
    for other in client.list_jobs():
        if (other.submission_id or "").startswith(f"{front}-") and not other.status.is_terminal():
            raise TransferError("U099", f"{other.submission_id} is at work on this already. Stop it, or wait for it")
    client.submit_job(entrypoint=asked.entrypoint, submission_id=asked.id, metadata=asked.metadata)


def stopped(client: Any, name: str, seconds: float = STOPPED) -> str:
    """Stops a job and waits until it has ended; its last status."""
    known = [one.submission_id for one in client.list_jobs() if one.submission_id]
    if name not in known:
        text = f"no job is called {name!r}. Known: {', '.join(sorted(known)) or 'none'}"
        raise TransferError("U099", text)
    client.stop_job(name)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = client.get_job_status(name)
        if status.is_terminal():
            return str(status.value)
        time.sleep(0.5)
    raise EnvironmentProblem("U099", f"{name} has not ended within {seconds:.0f} s; it was asked to")
