"""Where tasks run, as the controller sees it: Ray's actors, this process, or a simulation of either."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict

from jobs.policy import Cause
from transfer.errors import TransferError
from transfer.tasks import Task


class Receipt(TypedDict):
    """What comes back from a worker: never results, which are in storage."""

    task: str
    stage: str
    seconds: float
    pid: int
    host: str
    attempt: str
    bytes: int  # of the files that it has made
    accuracy: float | None  # of a trained network, on the test part


@dataclass(frozen=True)
class Ready:
    """A worker that was asked for has come up, on a node that it may share with others."""

    worker: str
    node: str = ""


@dataclass(frozen=True)
class Done:
    """A worker has committed a task."""

    worker: str
    task: Task
    receipt: Receipt


@dataclass(frozen=True)
class Failed:
    """An attempt at a task gave no result; without a task, the worker itself could not start."""

    worker: str
    task: Task | None
    cause: Cause
    message: str
    traceback: str = ""
    problem: TransferError | None = None  # what a person is told, where a code says it


Event = Ready | Done | Failed


class Executor(Protocol):
    """A pool of workers, each doing one task at a time in the order given to it."""

    def now(self) -> float:
        """Seconds on the clock that deadlines are measured with."""

    def hire(self) -> str:
        """Ask for one more worker; `Ready` or `Failed` tells what became of it."""

    def submit(self, worker: str, task: Task, attempt: int) -> None:
        """Give a worker a task, behind what it has."""

    def wait(self, seconds: float) -> Sequence[Event]:
        """What has happened, as soon as something has, at the latest after so many seconds."""

    def leaving(self) -> Collection[str]:
        """The nodes that are about to be taken away, as far as that has been announced."""

    def dismiss(self, worker: str) -> None:
        """End a worker, whatever it is doing; nothing more is heard of it."""
