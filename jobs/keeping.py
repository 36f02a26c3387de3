"""Lets go of a craft's pixels when the last task that reads them is done, where the study does not keep them all."""

from collections.abc import Collection, Iterable

from jobs.controller import Watch
from jobs.executor import Receipt
from jobs.policy import Cause
from transfer.store import Store
from transfer.store.dropped import ROLE, drop
from transfer.tasks import Craft, Task

SAMPLE = 64  # images of each craft that stay for galleries
COUNT = {"all": None, "sample": SAMPLE, "none": 0}


class Pixels:
    """Who is still to read the pixels of each craft of a study.

    Nothing here could be wrong for long: pixels that somebody needs after all, in another run, are made again.
    """

    def __init__(self, store: Store, tasks: Iterable[Task], committed: Collection[str], keep: str) -> None:
        self._store, self._count = store, COUNT[keep]
        tasks = list(tasks)
        self._readers: dict[str, set[str]] = {task.id: set() for task in tasks if isinstance(task, Craft)}
        for task in tasks:
            for craft in self._read_by(task) if task.id not in committed else ():
                self._readers[craft].add(task.id)

    def done(self, task: Task) -> None:
        """Drop what this task was the last to read, or what it made and nobody reads."""
        read = self._read_by(task)
        for craft in read:
            self._readers[craft].discard(task.id)
        for craft in (task.id, *read):
            self._drop(craft)

    def sweep(self) -> None:
        """Drop what is there without a reader: what a run that was killed has left, and what was made again."""
        if self._count is not None:
            there = set(self._store.place.names("objects"))
            for record in self._store.records("craft"):
                if record.objects[ROLE]["key"].removeprefix("objects/") in there:
                    self._drop(record.task)

    def _read_by(self, task: Task) -> list[str]:
        return [need.id for need in task.needs() if need.id in self._readers]

    def _drop(self, craft: str) -> None:
        if self._count is None or self._readers.get(craft) != set():
            return
        if record := self._store.record("craft", craft):
            drop(self._store, record, self._count)


class Keeping:
    """A watch that lets go of pixels as tasks end, and tells on what it is told."""

    def __init__(self, watch: Watch, pixels: Pixels) -> None:
        self.watch, self._pixels = watch, pixels

    def started(self, task: Task) -> None:
        self.watch.started(task)

    def finished(self, task: Task, receipt: Receipt) -> None:
        self._pixels.done(task)
        self.watch.finished(task, receipt)

    def failed(self, task: Task, reason: str, blocked: int) -> None:
        self.watch.failed(task, reason, blocked)

    def retried(self, task: Task, cause: Cause, message: str) -> None:
        self.watch.retried(task, cause, message)

    def told(self, text: str) -> None:
        self.watch.told(text)

    def refresh(self) -> None:
        self.watch.refresh()
