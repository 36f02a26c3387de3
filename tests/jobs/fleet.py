"""A simulated fleet: 64 machines with a GPU each, that take a task's seconds, straggle, and are taken away.

The planner and the controller that drive it are the real ones. What a task costs is a model: forward passes a second
of a ResNet-18 on CIFAR-10, bytes over a network of 1 GB/s, a machine's minutes to boot. All of it comes from a seed.
"""

import heapq
import itertools
import random
import tempfile
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jobs.board import Board
from jobs.controller import Controller
from jobs.executor import Done, Event, Failed, Ready, Receipt
from jobs.policy import Cause
from transfer.datasets import Facts
from transfer.plan import Plan, plan
from transfer.store import Store
from transfer.study import read
from transfer.tasks import Craft, Evaluate, Task, Train

FORWARD, GRADIENT = 50_000.0, 16_000.0  # images a second
WEIGHTS, PIXELS, NETWORK = 45e6, 3072 * 4, 1e9  # bytes of a network, of an image; bytes a second
MEMORY = 6e9  # bytes of networks and images that a worker keeps on its GPU
TRAINING, LOAD, COMMIT = 300.0, 0.1, 0.1  # seconds, of a network that is not in memory in the middle
START, BOOT = 20.0, 90.0  # seconds for a worker to load torch, for a machine that replaces a lost one
SLOW, SLOWER = 0.01, 3.0  # share of tasks that straggle, and how many times as long they take


@dataclass
class Machine:
    """One of the fleet: free from a time on, with what its worker has in memory."""

    free_at: float = 0.0
    worker: str = ""
    fetched: set[str] = field(default_factory=set)  # what lies on its disk
    held: OrderedDict[str, float] = field(default_factory=OrderedDict)  # what is in memory, with its bytes


class Fleet:
    """An executor (`jobs.executor`) of so many machines; every `loss_every` seconds one is taken away."""

    def __init__(self, machines: int = 64, *, loss_every: float | None = None, seed: int = 0) -> None:
        self.machines = [Machine() for _ in range(machines)]
        self.loss_every, self.random = loss_every, random.Random(seed)
        self.clock, self.moved = 0.0, 0.0
        self.losses: Counter[str] = Counter()  # machines taken away, tasks with them
        self.work: list[tuple[float, float]] = []  # from and to, of all that was committed
        self._numbers = itertools.count()
        self._coming: list[tuple[float, int, str, Event | None]] = []  # time, order, worker, what is told
        self._queues: dict[str, deque[Task]] = {}
        self._began: dict[str, float] = {}
        self._of: dict[str, Machine] = {}
        if loss_every:
            self._after(loss_every, "", None)

    def now(self) -> float:
        return self.clock

    def leaving(self) -> Collection[str]:
        return ()

    def hire(self) -> str:
        worker = f"worker {next(self._numbers)}"
        machine = min((one for one in self.machines if not one.worker), key=lambda one: one.free_at)
        machine.worker, machine.held = worker, OrderedDict()
        self._of[worker], self._queues[worker] = machine, deque()
        self._after(max(0.0, machine.free_at - self.clock) + START, worker, Ready(worker, worker))
        return worker

    def submit(self, worker: str, task: Task, attempt: int) -> None:
        self._queues[worker].append(task)
        if len(self._queues[worker]) == 1:
            self._begin(worker)

    def wait(self, seconds: float) -> Sequence[Event]:
        until = self.clock + seconds
        while self._coming and self._coming[0][0] <= until:
            self.clock, _, worker, event = heapq.heappop(self._coming)
            if not worker:
                event = self._lose_one()
            elif worker not in self._of:
                continue
            elif event is None:
                event = self._end(worker)
            if event:
                return [event]
        self.clock = max(self.clock, until)
        return []

    def dismiss(self, worker: str) -> None:
        self._of.pop(worker).worker = ""

    def used(self, since: float, until: float) -> float:
        """The share of the machines' time in which something was at work that was then committed."""
        spent = sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in self.work)
        return spent / (len(self.machines) * (until - since))

    def _lose_one(self) -> Event | None:
        self._after(self.loss_every or 0.0, "", None)
        machine = self.random.choice(self.machines)
        machine.free_at = self.clock + BOOT
        machine.fetched.clear()
        self.losses["machines"] += 1
        if not machine.worker:
            return None
        held = self._queues[machine.worker]
        self.losses["tasks"] += len(held)
        first = held[0] if held else None
        return Failed(machine.worker, first, Cause.PREEMPTED, "its machine was taken away")

    def _begin(self, worker: str) -> None:
        self._began[worker] = self.clock
        self._after(self._seconds(self._queues[worker][0], self._of[worker]), worker, None)

    def _end(self, worker: str) -> Event:
        task = self._queues[worker].popleft()
        began = self._began[worker]
        self.work.append((began, self.clock))
        if self._queues[worker]:
            self._begin(worker)
        receipt = Receipt(
            task=task.id,
            stage=task.stage,
            seconds=self.clock - began,
            pid=1,
            host=worker,
            attempt="",
            bytes=int(WEIGHTS if isinstance(task, Train) else PIXELS * getattr(task, "images", 0)),
            accuracy=None,
        )
        return Done(worker, task, receipt)

    def _seconds(self, task: Task, machine: Machine) -> float:
        seconds = COMMIT + self._computed(task) + sum(self._brought(need, machine) for need in task.needs())
        return seconds * self.random.uniform(0.8, 1.2) * (SLOWER if self.random.random() < SLOW else 1.0)

    def _computed(self, task: Task) -> float:
        match task:
            case Train():
                return TRAINING
            case Craft():
                return task.images * int(task.attack.settings.get("steps", 1)) / GRADIENT
            case Evaluate():
                return sum(craft.images for craft in task.crafts) * len(task.targets) / FORWARD
        return 0.0

    def _brought(self, need: Task, machine: Machine) -> float:
        """Seconds until a machine has in memory what a task needs: at once, from its disk, or over the network."""
        size = WEIGHTS if isinstance(need, Train) else PIXELS * getattr(need, "images", 0)
        if need.id in machine.held:
            machine.held.move_to_end(need.id)
            return 0.0
        machine.held[need.id] = size
        while sum(machine.held.values()) > MEMORY:
            machine.held.popitem(last=False)
        if need.id in machine.fetched:
            return LOAD
        machine.fetched.add(need.id)
        self.moved += size
        return LOAD + size / NETWORK

    def _after(self, seconds: float, worker: str, event: Event | None) -> None:
        heapq.heappush(self._coming, (self.clock + seconds, next(self._numbers), worker, event))


class Nobody:
    """A watch that listens to nothing, and a stop that never comes."""

    number = None

    def started(self, task: Task) -> None: ...
    def finished(self, task: Task, receipt: Receipt) -> None: ...
    def failed(self, task: Task, reason: str, blocked: int) -> None: ...
    def retried(self, task: Task, cause: Cause, message: str) -> None: ...
    def told(self, text: str) -> None: ...
    def refresh(self) -> None: ...


def many(folder: Path, models: int, attacks: str) -> Plan:
    """The plan of so many networks on images of CIFAR-10's size, which nobody has here."""
    path = folder / "many.yaml"
    kinds = "".join(f"  m{kind}: {{architecture: {{name: mlp, hidden: [{100 + kind}]}}}}\n" for kind in range(10))
    seeds = list(range(models // 10))
    text = f"title: Many\ndata: mnist\nmodels:\n{kinds}every_model: {{recipe: adam, seed: {seeds}}}\n{attacks}"
    path.write_text(f"{text}controls: []\nimages: {{test: 1000}}\n")
    facts = Facts((3, 32, 32), 10, {"train": 50_000, "test": 10_000}, {"train": "a" * 64, "test": "b" * 64})
    return plan(read(path), facts)


def simulate(asked: Plan, fleet: Fleet) -> float:
    """Runs a plan to its end on a fleet; the seconds of this process that it took, the simulation's own included."""
    began, nobody = time.process_time(), Nobody()
    # Failed attempts are noted as in any run, but a disk would be waited for.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        store = Store.open(folder)
        controller = Controller(Board(asked.tasks), store, fleet, nobody, nobody, workers=len(fleet.machines))
        summary = controller.run()
    assert summary.done == len(asked.tasks) and not summary.reasons
    return time.process_time() - began
