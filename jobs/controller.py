"""Tasks to workers, in order of completion: the one loop that runs a study.

It knows neither Ray nor torch. Storage knows what is done: whatever happens to a worker, or to this process,
is answered by looking there and doing what is left.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Protocol

from jobs.board import Board, State
from jobs.executor import Done, Event, Executor, Failed, Ready, Receipt
from jobs.policy import CONSTRUCTORS, LOSES_WORKER, Cause, Ledger
from jobs.solitude import Solitude
from jobs.work import note, receipt
from transfer.errors import EnvironmentProblem, TransferError
from transfer.store import Store
from transfer.tasks import Task

IN_FLIGHT = 2  # tasks a worker holds: the next is there when one is done
SHORT = 1.0  # seconds; behind a longer task nothing is queued, since another worker may be free before it ends
DEADLINE = 3600.0  # seconds that any task may take
STRAGGLER = 5  # and so many times the longest of its stage, where that is more
GRACE = 30.0  # seconds for what is running after a request to stop
POLL = 0.5  # seconds between looks at deadlines and signals
PATIENCE = 60.0  # seconds after which a person is told that no worker comes up
NOBODY = 1800.0  # and after which it is not waited for any longer


class Watch(Protocol):
    """Whoever is told how a run goes."""

    def started(self, task: Task) -> None: ...
    def finished(self, task: Task, receipt: Receipt) -> None: ...
    def failed(self, task: Task, reason: str, blocked: int) -> None: ...
    def retried(self, task: Task, cause: Cause, message: str) -> None: ...
    def told(self, text: str) -> None: ...
    def refresh(self) -> None: ...


class Stop(Protocol):
    """Whoever may ask for an end: `number` is the signal, once one has come."""

    number: int | None


@dataclass
class Summary:
    """How a run ended."""

    done: int = 0
    reasons: dict[str, str] = field(default_factory=dict)  # of the tasks given up
    blocked_by: dict[str, str] = field(default_factory=dict)  # task: the failed one that it needs
    interrupted: int | None = None  # by this signal
    damaged: TransferError | None = None
    seconds: float = 0.0


@dataclass
class _Worker:
    is_ready: bool = False
    node: str = ""
    group: str = ""  # of its last task: what it has in memory
    since: float = 0.0  # when the first of its tasks began
    tasks: deque[Task] = field(default_factory=deque)


class Controller:
    """Runs what is left of a board on an executor's workers."""

    def __init__(
        self,
        board: Board,
        store: Store,
        executor: Executor,
        watch: Watch,
        stop: Stop,
        *,
        workers: int,
        deadline: float = DEADLINE,
        grace: float = GRACE,
        retry_failed: bool = False,
    ) -> None:
        self.board, self.store, self.executor, self.watch, self.stop = board, store, executor, watch, stop
        self.workers, self.deadline, self.grace = workers, deadline, grace
        self.ledger = Ledger(store.failures(), retry_failed=retry_failed)
        self.summary = Summary()
        self._pool: dict[str, _Worker] = {}
        self._longest: dict[str, float] = {}  # seconds a task took, by stage
        self._barren = 0  # workers in a row that failed to start
        self._alone = Solitude()
        self._leaving: frozenset[str] = frozenset()
        self._quiet_since = self._told = self._stopped = executor.now()

    def run(self) -> Summary:
        """Everything that can be done is done, or a signal came; EnvironmentProblem when nothing can be."""
        began = self._quiet_since = self._told = self.executor.now()
        for task in self.board.left():
            if reason := self.ledger.given_up(task.id):
                self._give_up(task, reason)
        while self._goes_on():
            if self.stop.number is None:
                self._stopped = self.executor.now()
                self._leave()
                self._hire()
                self._feed()
            for event in self.executor.wait(self._patience()):
                self._take(event)
            self._end_overdue()
            self._tell_if_nobody_comes()
            self.watch.refresh()
        self.summary.interrupted = self.stop.number
        self.summary.seconds = self.executor.now() - began
        return self.summary

    def _goes_on(self) -> bool:
        if self.stop.number is None:
            return self.board.is_open
        is_in_time = self.executor.now() < self._stopped + self.grace
        return is_in_time and any(worker.tasks for worker in self._pool.values())

    # -- giving out -----------------------------------------------------------------------------------

    def _hire(self) -> None:
        left = sum(self.board.total(state) for state in (State.WAITING, State.READY, State.RUNNING))
        for _ in range(min(self.workers, left) - len(self._pool)):
            self._pool[self.executor.hire()] = _Worker()

    def _leave(self) -> None:
        """Nobody is waited for on a node that is about to be taken away; what is at work there may yet end."""
        self._leaving = frozenset(self.executor.leaving())
        for name, worker in list(self._pool.items()):
            if worker.node in self._leaving and not worker.tasks:
                del self._pool[name]
                self.executor.dismiss(name)

    def _feed(self) -> None:
        self._feed_alone()
        for held in range(IN_FLIGHT):
            for name, worker in self._pool.items():
                if not self._is_open(worker) or len(worker.tasks) != held:
                    continue
                task = self.board.peek(worker.group)
                while task and self.ledger.wants_solitude(task.id):
                    self._alone.add(self.board.take(worker.group))
                    task = self.board.peek(worker.group)
                if task is None:
                    return
                if self._may_queue(task, worker):
                    self._give(name, worker, self.board.take(worker.group))

    def _feed_alone(self) -> None:
        """What ran out of memory begins where nobody else is at work."""
        here = {name: worker for name, worker in self._pool.items() if worker.is_ready}
        busy: Counter[str] = Counter()
        for worker in here.values():
            busy[worker.node] += len(worker.tasks)
        open_to_all = {node: count for node, count in busy.items() if node not in self._leaving}
        for node, task in self._alone.due(open_to_all):
            name = next(name for name, worker in here.items() if worker.node == node)
            self._give(name, here[name], task)

    def _is_open(self, worker: _Worker) -> bool:
        return worker.is_ready and not self._alone.is_kept(worker.node) and worker.node not in self._leaving

    def _may_queue(self, task: Task, worker: _Worker) -> bool:
        return not worker.tasks or all(self._longest.get(one.stage, SHORT) < SHORT for one in (task, *worker.tasks))

    def _give(self, name: str, worker: _Worker, task: Task) -> None:
        if not worker.tasks:
            worker.since = self.executor.now()
        worker.tasks.append(task)
        worker.group = self.board.group(task)
        self.executor.submit(name, task, self.ledger.attempt(task.id))
        self.watch.started(task)

    # -- taking back ----------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        worker = self._pool.get(event.worker)
        if worker is None:
            return
        if isinstance(event, Ready):
            worker.is_ready, worker.node, self._barren = True, event.node, 0
        elif isinstance(event, Failed) and event.cause in LOSES_WORKER:
            self._lose(event, worker)
        elif event.task is not None:
            worker.tasks.remove(event.task)
            if isinstance(event, Done):
                self._finish(event.task, event.receipt)
            else:
                self._charge(event.task, event)
            worker.since = self.executor.now()

    def _finish(self, task: Task, receipt: Receipt) -> None:
        self._longest[task.stage] = max(self._longest.get(task.stage, 0.0), receipt["seconds"])
        self._alone.over(task)
        self.board.finish(task, receipt["bytes"])
        self.summary.done += 1
        self.watch.finished(task, receipt)

    def _lose(self, event: Failed, worker: _Worker) -> None:
        """A worker is gone: its first task was at work and is charged, one that waited behind it is not."""
        del self._pool[event.worker]
        self.executor.dismiss(event.worker)
        if not worker.is_ready and event.cause is not Cause.PREEMPTED:
            self._count_barren(event)
        for place, task in enumerate(worker.tasks):
            if place == 0:
                self._charge(task, event, self.executor.now() - worker.since)
            else:
                self.board.put_back(task)

    def _count_barren(self, event: Failed) -> None:
        self._barren += 1
        if self._barren >= CONSTRUCTORS:
            text = f"no worker can start, tried {self._barren} times: {event.message}"
            raise EnvironmentProblem("U095", text) from event.problem

    def _charge(self, task: Task, event: Failed, lost_after: float | None = None) -> None:
        """Counts a failed attempt, unless storage says that it was none: a reply may be lost on its way."""
        if record := self.store.record(task.stage, task.id):
            self._finish(task, receipt(record))
            return
        if event.cause is Cause.ENVIRONMENT and event.problem:
            raise event.problem
        if event.cause is Cause.DAMAGED:
            self.summary.damaged = event.problem
        if lost_after is not None:  # whoever is lost could not note it
            note(self.store, event, task, self.ledger.attempt(task.id), lost_after)
        self._alone.over(task)
        reason = self.ledger.charge(task.id, event.cause, event.message)
        if reason:
            self._give_up(task, reason)
        else:
            self.watch.retried(task, event.cause, event.message)
            self.board.put_back(task)

    def _give_up(self, task: Task, reason: str) -> None:
        blocked = self.board.fail(task)
        self.summary.reasons[task.id] = reason
        self.summary.blocked_by.update({one.id: task.id for one in blocked})
        self.watch.failed(task, reason, len(blocked))

    # -- time -----------------------------------------------------------------------------------------

    def _limit(self, task: Task) -> float:
        return max(self.deadline, STRAGGLER * self._longest.get(task.stage, 0.0))

    def _patience(self) -> float:
        now = self.executor.now()
        ends = [worker.since + self._limit(worker.tasks[0]) for worker in self._pool.values() if worker.tasks]
        return max(0.0, min([POLL, *(end - now for end in ends)]))

    def _end_overdue(self) -> None:
        for name, worker in list(self._pool.items()):
            if worker.tasks and self.executor.now() >= worker.since + self._limit(worker.tasks[0]):
                limit = f"stopped after {self._limit(worker.tasks[0]):.0f} s"
                self._lose(Failed(name, worker.tasks[0], Cause.DEADLINE, limit), worker)

    def _tell_if_nobody_comes(self) -> None:
        now = self.executor.now()
        if any(worker.is_ready for worker in self._pool.values()):
            self._quiet_since = self._told = now
        elif now > self._quiet_since + NOBODY:
            raise EnvironmentProblem(
                "U095",
                f"no worker has come up for {NOBODY / 60:.0f} min. Are there free places on the cluster's nodes?",
            )
        elif now > self._told + PATIENCE:
            self._told = now
            self.watch.told(f"no worker has come up for {PATIENCE:.0f} s: are the cluster's CPUs taken?")
