"""Tasks on Ray's actors. Ray restarts nothing and repeats nothing here: the controller decides, by cause."""

import itertools
import re
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ray
from ray import exceptions

from jobs.cluster import Slots
from jobs.executor import Done, Event, Failed, Ready
from jobs.machine import differing, versions
from jobs.model_actor import ModelActor
from jobs.policy import Cause
from jobs.results import shown
from jobs.work import PERFORM
from transfer.errors import EnvironmentProblem
from transfer.tasks import Task

LOOK = 5.0  # seconds between questions which nodes are about to be taken away
SETTLED = 5.0  # seconds until Ray, which cannot reach a worker, knows whether its node is gone
ANSWER = 60.0  # seconds for what is ready to be handed over
# After these Ray's error is the same whether a process has died or the node below it.
TELL_NO_NODE = {Cause.DIED, Cause.UNAVAILABLE, Cause.CONSTRUCTOR}


class RayExecutor:
    """A pool of ModelActors on a connected Ray."""

    def __init__(self, location: Path | str, slots: Slots, perform: str = PERFORM, threads: int = 1) -> None:
        self._arguments = (str(shown(location)), perform, threads)
        self._remote = ray.remote(ModelActor).options(
            num_cpus=slots.cpus, num_gpus=slots.gpus, max_restarts=0, max_task_retries=0
        )
        self._versions = versions()
        self._numbers = itertools.count(1)
        self._actors: dict[str, Any] = {}
        self._waiting: dict[Any, tuple[str, Task | None]] = {}  # a reference: whose, and for which task
        self._nodes: dict[str, str] = {}  # of the workers that have come up
        self._dead: dict[str, frozenset[str]] = {}  # the nodes that had died when a worker was asked for
        self._leaving: frozenset[str] = frozenset()
        self._looked = self.now()

    def now(self) -> float:
        return time.monotonic()

    def hire(self) -> str:
        worker = f"worker {next(self._numbers)}"
        self._dead[worker] = _dead_nodes()
        self._actors[worker] = self._remote.remote(*self._arguments)
        self._waiting[self._actors[worker].ping.remote()] = (worker, None)
        return worker

    def submit(self, worker: str, task: Task, attempt: int) -> None:
        self._waiting[self._actors[worker].perform.remote(task, worker, attempt)] = (worker, task)

    def wait(self, seconds: float) -> Sequence[Event]:
        if not self._waiting:
            time.sleep(seconds)
            return []
        references = list(self._waiting)
        first, _ = ray.wait(references, num_returns=1, timeout=seconds)
        if not first:
            return []
        ready, _ = ray.wait(references, num_returns=len(references), timeout=0)
        events = [self._event(reference, *self._waiting.pop(reference)) for reference in ready]
        # What was done before a worker died is counted before its death.
        return sorted(events, key=lambda event: isinstance(event, Failed))

    def dismiss(self, worker: str) -> None:
        self._waiting = {reference: held for reference, held in self._waiting.items() if held[0] != worker}
        with suppress(exceptions.RayError):
            ray.kill(self._actors.pop(worker))

    def leaving(self) -> Collection[str]:
        if self.now() > self._looked + LOOK:
            self._looked = self.now()
            with suppress(exceptions.RayError, RuntimeError):
                self._leaving = frozenset(ray._private.state.state.get_draining_nodes())
        return self._leaving

    def _event(self, reference: Any, worker: str, task: Task | None) -> Event:
        try:
            answer: Done | Failed | dict[str, Any] = ray.get(reference, timeout=ANSWER)
        except exceptions.RayError as error:
            cause = cause_of(error, task)
            patience = SETTLED if cause is Cause.UNAVAILABLE else 0.0
            if cause in TELL_NO_NODE and self._has_lost_its_node(worker, patience):
                cause = Cause.PREEMPTED
            return Failed(worker, task, cause, _told(error), str(error))
        if not isinstance(answer, dict):
            return answer
        if other := differing(answer["versions"], self._versions):
            text = f"node {answer['host']} runs {other}: results would not be comparable. Use one image for all nodes"
            raise EnvironmentProblem("U092", text)
        self._nodes[worker] = answer["node"]
        return Ready(worker, answer["node"])

    def _has_lost_its_node(self, worker: str, patience: float) -> bool:
        """Whether a node has died, and not only a process on it; of a worker still to come up, any node may be its."""
        node, until = self._nodes.get(worker), self.now() + patience
        while True:
            dead = _dead_nodes()
            if node in dead if node else dead - self._dead[worker]:
                return True
            if self.now() >= until:
                return False
            time.sleep(0.1)


def _dead_nodes() -> frozenset[str]:
    with suppress(exceptions.RayError, RuntimeError):
        return frozenset(node["NodeID"] for node in ray.nodes() if not node["Alive"])
    return frozenset()


def cause_of(error: exceptions.RayError, task: Task | None) -> Cause:
    """What a Ray error says of an attempt. Several of these are no RayActorError, so each is listed."""
    if isinstance(error, exceptions.NodeDiedError) or getattr(error, "preempted", False):
        return Cause.PREEMPTED
    if task is None:
        return Cause.CONSTRUCTOR
    if isinstance(error, exceptions.OutOfMemoryError):
        return Cause.MEMORY
    if isinstance(error, exceptions.RayTaskError):
        return Cause.EXCEPTION
    if isinstance(error, exceptions.ActorDiedError | exceptions.WorkerCrashedError):
        return Cause.DIED
    return Cause.UNAVAILABLE


def _told(error: exceptions.RayError) -> str:
    """What a person needs of Ray's paragraphs: a constructor's exception, or which process died and how."""
    text = str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    if isinstance(error, exceptions.RayTaskError) or "creation task" in text:
        return lines[-1]
    process = re.search(r"^\s*pid: (\d+)", text, re.MULTILINE)
    detail = text.partition("Worker exit detail: ")[2] or lines[0]
    how = detail.partition(" Some common causes")[0].partition("\n")[0].strip()
    return f"process {process[1]} died: {how}" if process else how
