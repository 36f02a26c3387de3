"""Which tasks are due: everything that a study needs, what is done, and what waits for what."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import singledispatch

from jobs.moving import group
from jobs.queue import Queue
from transfer.tasks import Craft, Evaluate, Probe, Task, Train


class State(StrEnum):
    """Where a task stands; each is in exactly one of these."""

    WAITING = "waiting"  # for what it needs
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"  # what it needs has failed


FIRST = {"train": 0, "craft": 1, "evaluate": 2, "probe": 3}


class Board:
    """The tasks that are still to be done, the most urgent first.

    A training goes before a craft and a craft before an evaluation, since others wait for them, and the
    longest of a stage first, so that none is left over for one worker at the end. Nothing waits for a stage
    to end: a network can be attacked as soon as it is trained. Of a stage, a worker is given what shares the most
    with its last task. `committed` are the tasks that are done, at best with the bytes that each has made.
    """

    def __init__(self, tasks: Iterable[Task], committed: Collection[str] = ()) -> None:
        self.tasks = {task.id: task for task in _closure(tasks, committed)}
        self._order = {task_id: place for place, task_id in enumerate(self.tasks)}
        self._missing: dict[str, int] = {}
        self._dependants: dict[str, list[Task]] = {}
        self._bytes = dict(committed) if isinstance(committed, Mapping) else {}
        self._ready = Queue()
        self.state: dict[str, State] = {}
        self.counts: Counter[tuple[str, State]] = Counter()
        for task in self.tasks.values():
            needs = {need.id for need in task.needs() if need.id not in committed}
            self._missing[task.id] = len(needs)
            for need in needs:
                self._dependants.setdefault(need, []).append(task)
            self._move(task, State.DONE if task.id in committed else State.WAITING)
        for task in self.left():
            self._release(task)

    def left(self) -> list[Task]:
        """The tasks that are neither done nor given up."""
        over = {State.DONE, State.FAILED, State.BLOCKED}
        return [task for task in self.tasks.values() if self.state[task.id] not in over]

    def in_state(self, state: State) -> list[Task]:
        return [task for task in self.tasks.values() if self.state[task.id] is state]

    @property
    def is_open(self) -> bool:
        return any(self.total(state) for state in (State.WAITING, State.READY, State.RUNNING))

    def total(self, state: State) -> int:
        return sum(count for (_, where), count in self.counts.items() if where is state)

    def peek(self, kept: str = "") -> Task | None:
        """The most urgent task that is ready, for a worker whose last task was of this group."""
        first = self._ready.first(kept)
        return self.tasks[first] if first else None

    def take(self, kept: str = "") -> Task:
        """The same, which runs from now on."""
        task = self.peek(kept)
        if task is None:
            raise LookupError("no task is ready")
        self._ready.remove(task.id)
        self._move(task, State.RUNNING)
        return task

    def group(self, task: Task) -> str:
        """What a task shares with others: a worker that has done one of them is given the next."""
        return group(task, self._bytes)

    def put_back(self, task: Task) -> None:
        """A running task that came to nothing is ready again."""
        self._move(task, State.READY)
        rank = FIRST.get(task.stage, 9), -size(task), self._order[task.id]
        self._ready.put(task.id, rank, self.group(task))

    def finish(self, task: Task, made: int = 0) -> None:
        """A running task is committed, with so many bytes; what waited for it alone is ready."""
        self._move(task, State.DONE)
        self._bytes[task.id] = made
        for dependant in self._dependants.get(task.id, ()):
            self._missing[dependant.id] -= 1
            self._release(dependant)

    def fail(self, task: Task) -> list[Task]:
        """A task is given up; what needs it, directly or not, can never be done, and is returned."""
        self._ready.remove(task.id)
        self._move(task, State.FAILED)
        blocked: list[Task] = []
        behind = list(self._dependants.get(task.id, ()))
        while behind:
            dependant = behind.pop()
            if self.state[dependant.id] is State.WAITING:
                self._move(dependant, State.BLOCKED)
                blocked.append(dependant)
                behind.extend(self._dependants.get(dependant.id, ()))
        return blocked

    def _release(self, task: Task) -> None:
        if not self._missing[task.id] and self.state[task.id] is State.WAITING:
            self.put_back(task)

    def _move(self, task: Task, state: State) -> None:
        if task.id in self.state:
            self.counts[task.stage, self.state[task.id]] -= 1
        self.state[task.id] = state
        self.counts[task.stage, state] += 1


@singledispatch
def size(task: Task) -> int:
    """How long a task may take, compared with others of its stage."""
    return 0


@size.register
def _(task: Train) -> int:
    if task.training:
        return 0  # a point of a training that is done
    images = task.split.stop - task.split.start if task.split else 1
    return images * _setting(task, "epochs")


@size.register
def _(task: Craft) -> int:
    settings = task.attack.settings
    steps = settings.get("steps", 1)
    return task.images * max(1, len(task.surrogates)) * (steps if isinstance(steps, int) else 1)


@size.register
def _(task: Evaluate) -> int:
    return sum(craft.images for craft in task.crafts) * len(task.targets)


@size.register
def _(task: Probe) -> int:
    return task.images


def _setting(task: Train, name: str) -> int:
    value = task.recipe.settings.get(name, 1) if task.recipe else 0
    return value if isinstance(value, int) else 1


def _closure(tasks: Iterable[Task], committed: Collection[str]) -> Iterator[Task]:
    """The tasks and what they need, needs first, each once; behind a committed task nothing is needed."""
    seen: set[str] = set()

    def walk(task: Task) -> Iterator[Task]:
        if task.id in seen:
            return
        seen.add(task.id)
        if task.id not in committed:
            for need in task.needs():
                yield from walk(need)
        yield task

    for task in tasks:
        yield from walk(task)
