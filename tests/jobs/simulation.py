"""An executor with a clock of its own: workers that take a task's seconds, die, hang or never come up."""

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from jobs.executor import Event, Failed, Ready
from jobs.policy import Cause
from jobs.work import work
from tests.jobs.steps import Step, perform
from transfer.store import Record, Store
from transfer.tasks import Task

Fault = Callable[[Step, int], Cause | str | None]  # of a task and an attempt; "hang" and "late" as well


@dataclass
class Simulation:
    """Tasks are truly performed, at the simulated time they end; `fault` says which attempts go wrong, and how.

    "hang": the attempt never ends. "late": it commits, and then the worker is lost before it can say so.
    `lost` are the nodes that are taken away with all their workers, each at its time; `warned` seconds before,
    that is announced.
    """

    store: Store
    fault: Fault = lambda task, attempt: None
    start: float = 3.0
    stillborn: int = 0  # workers that fail to start, before the first that does
    places: int = 2  # workers a node has room for
    lost: dict[str, float] = field(default_factory=dict)
    warned: float = 0.0

    clock: float = 0.0
    began: list[tuple[float, str, str]] = field(default_factory=list)  # time, worker, task's name
    nodes: dict[str, str] = field(default_factory=dict)  # of each worker
    ended: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self._coming: list[tuple[float, int, Event | str]] = []
        self._queues: dict[str, deque[tuple[Step, int]]] = {}

    def now(self) -> float:
        return self.clock

    def leaving(self) -> Collection[str]:
        return {node for node, end in self.lost.items() if end - self.warned <= self.clock < end}

    def hire(self) -> str:
        worker = f"worker {next(self._numbers)}"
        self._queues[worker] = deque()
        self.nodes[worker] = node = self._free_node()
        event: Event = Ready(worker, node)
        if self.stillborn > 0:
            self.stillborn -= 1
            event = Failed(worker, None, Cause.CONSTRUCTOR, "ModuleNotFoundError: no module named 'torch'")
        self._after(self.start, event)
        if self.lost.get(node, 0.0) > self.clock:
            self._after(self.lost[node] - self.clock, Failed(worker, None, Cause.PREEMPTED, "its node is gone"))
        return worker

    def submit(self, worker: str, task: Task, attempt: int) -> None:
        assert isinstance(task, Step)
        self._queues[worker].append((task, attempt))
        assert len(self._queues[worker]) <= 2
        if len(self._queues[worker]) == 1:
            self._begin(worker)

    def wait(self, seconds: float) -> Sequence[Event]:
        until = self.clock + seconds
        while self._coming and self._coming[0][0] <= until:
            self.clock, _, event = heapq.heappop(self._coming)
            if isinstance(event, str):
                event = self._end(event)
            elif isinstance(event, Failed) and self._queues[event.worker]:
                event = replace(event, task=self._queues[event.worker][0][0])
            if event and event.worker not in self.ended:
                return [event]
        self.clock = max(self.clock, until)
        return []

    def dismiss(self, worker: str) -> None:
        self.ended.add(worker)

    def _free_node(self) -> str:
        """The first node with a free place that is not gone and not about to go."""
        held = Counter(node for worker, node in self.nodes.items() if worker not in self.ended)
        names = (f"node {number}" for number in itertools.count())
        return next(
            name
            for name in names
            if held[name] < self.places and self.clock < self.lost.get(name, float("inf")) - self.warned
        )

    def _begin(self, worker: str) -> None:
        task, attempt = self._queues[worker][0]
        self.began.append((self.clock, worker, task.name))
        if self.fault(task, attempt) != "hang":
            self._after(task.seconds, worker)

    def _end(self, worker: str) -> Event | None:
        if worker in self.ended:
            return None
        task, attempt = self._queues[worker].popleft()
        fault = self.fault(task, attempt)
        if isinstance(fault, Cause):
            return Failed(worker, task, fault, "killed by signal 9")
        event = work(_at_once, task, self.store, worker, attempt)
        if fault == "late":
            return Failed(worker, task, Cause.DIED, "killed by signal 9")
        if self._queues[worker]:
            self._begin(worker)
        return event

    def _after(self, seconds: float, event: Event | str) -> None:
        heapq.heappush(self._coming, (self.clock + seconds, next(self._numbers), event))


def _at_once(task: Task, store: Store) -> Record:
    assert isinstance(task, Step)
    return perform(task, store, sleep=lambda seconds: None)
