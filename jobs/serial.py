"""The same tasks in this process, one after the other: for tests, for debugging, for where Ray cannot run."""

import time
from collections import deque
from collections.abc import Sequence

from jobs.executor import Event, Ready
from jobs.work import PERFORM, prepare, work
from transfer.store import Store
from transfer.tasks import Task


class SerialExecutor:
    """One worker, which is this process. A task that never ends is never ended here."""

    def __init__(self, store: Store, perform: str = PERFORM, threads: int = 1) -> None:
        self._store, self._perform, self._threads = store, perform, threads
        self._events: deque[Event] = deque()
        self._tasks: deque[tuple[Task, int]] = deque()

    def now(self) -> float:
        return time.monotonic()

    def hire(self) -> str:
        self._work = prepare(self._perform, self._threads)
        self._events.append(Ready("this process"))
        return "this process"

    def submit(self, worker: str, task: Task, attempt: int) -> None:
        self._tasks.append((task, attempt))

    def wait(self, seconds: float) -> Sequence[Event]:
        if self._tasks and not self._events:
            task, attempt = self._tasks.popleft()
            self._events.append(work(self._work, task, self._store, "this process", attempt))
        events, self._events = list(self._events), deque()
        return events

    def leaving(self) -> Sequence[str]:
        return ()

    def dismiss(self, worker: str) -> None:
        self._tasks.clear()
