"""The Ray actor: it trains a network, attacks it, and is shown what the others made, one task at a time."""

from typing import Any

from jobs.executor import Done, Failed
from jobs.work import prepare, where, work
from transfer.store import Store
from transfer.tasks import Task


class ModelActor:
    """A process that lives as long as the study, so that torch is imported once.

    Keys travel, never results: it reads what a task needs from storage and leaves there what it made.
    """

    def __init__(self, location: str, perform: str, threads: int) -> None:
        self._perform = prepare(perform, threads)
        self._store = Store.open(location)

    def ping(self) -> dict[str, Any]:
        """That it has come up, and where."""
        return where()

    def perform(self, task: Task, worker: str, attempt: int) -> Done | Failed:
        """One task; how it ended is told, and only a dead process raises."""
        return work(self._perform, task, self._store, worker, attempt)
