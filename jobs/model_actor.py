"""The Ray actor: it trains a network, attacks it, and is shown what the others made, one task at a time."""

import signal
import sys
from typing import Any

import ray

from jobs.executor import Done, Failed
from jobs.work import prepare, where, work
from transfer.store import Store
from transfer.tasks import Task


class ModelActor:
    """A process that lives as long as the study, so that torch is imported once.

    Keys travel, never results: it reads what a task needs from storage and leaves there what it made.
    """

    def __init__(self, location: str, perform: str, threads: int) -> None:
        # Whoever asks this process to end, as on a node that is shut down, means the process: the SystemExit that Ray
        # raises then would be held against the task, which had no part in it.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._perform = prepare(perform, threads, *device())
        self._store = Store.open(location)

    def ping(self) -> dict[str, Any]:
        """That it has come up, and where."""
        return {"node": ray.get_runtime_context().get_node_id(), **where()}

    def perform(self, task: Task, worker: str, attempt: int) -> Done | Failed:
        """One task; how it ended is told, and only a dead process raises."""
        return work(self._perform, task, self._store, worker, attempt)


def device() -> tuple[str, float]:
    """What this actor computes on, and how much of its memory is ours: what Ray has assigned, never what torch can see.

    A GPU that was not asked for is somebody else's, and Ray does not hide it.
    """
    if not ray.get_gpu_ids():
        return "cpu", 1.0
    share = float(ray.get_runtime_context().get_assigned_resources().get("GPU", 1.0))
    return ("mps" if sys.platform == "darwin" else "cuda:0"), share
