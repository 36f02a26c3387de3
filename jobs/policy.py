"""What a failed attempt leads to: the cause decides, each cause with a budget of its own.

An exception will be raised again, so one attempt is enough. A process that died, a node that was taken away
or a task that hung may do better the next time, but not for ever: a task that ends its process three times
is left alone, or it would end them all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """Why an attempt gave no result."""

    EXCEPTION = "exception"  # the task's own code raised
    OUT_OF_MEMORY = "out of memory"  # it asked for more memory than there was, of the machine or of its GPU
    MEMORY = "memory"  # its process was ended to save the memory of the node
    DIED = "died"  # its process ended: a signal, a crash, os._exit
    UNAVAILABLE = "unavailable"  # its process cannot be reached; it may still be at work
    PREEMPTED = "preempted"  # its node was taken away
    DEADLINE = "deadline"  # it took longer than a task may
    CONSTRUCTOR = "constructor"  # no process could be made for it
    DAMAGED = "damaged"  # what it reads is not what was committed
    ENVIRONMENT = "environment"  # the storage cannot be used: nothing else would do better


# Attempts that may end so before the task is given up; None: any number.
BUDGETS: dict[Cause, int | None] = {
    Cause.EXCEPTION: 1,
    Cause.DAMAGED: 1,
    Cause.OUT_OF_MEMORY: 2,
    Cause.MEMORY: 2,
    Cause.DEADLINE: 2,
    Cause.DIED: 3,
    Cause.UNAVAILABLE: 3,
    Cause.PREEMPTED: None,
}
CONSTRUCTORS = 3  # workers in a row that may fail to start before the study fails

# After these the process is gone, or is ended: what is left of a process that ran out of memory is of no use.
LOSES_WORKER = frozenset(
    {
        *(Cause.OUT_OF_MEMORY, Cause.MEMORY, Cause.DIED, Cause.UNAVAILABLE),
        *(Cause.PREEMPTED, Cause.DEADLINE, Cause.CONSTRUCTOR),
    }
)
# After these a task is tried once more with its node to itself: it may have been the company.
WANTS_SOLITUDE = frozenset({Cause.OUT_OF_MEMORY, Cause.MEMORY})
# Not the task's fault, so no failure of the task is kept: it goes on when the cause is gone.
FAULTLESS = frozenset({Cause.DAMAGED, Cause.ENVIRONMENT, Cause.CONSTRUCTOR})

_TIMES = {1: "once", 2: "twice", 3: "three times"}
_WORDS = {
    Cause.OUT_OF_MEMORY: "ran out of memory {times}, at last with its node to itself",
    Cause.MEMORY: "was stopped {times} since memory ran out; set a smaller `batch` or fewer --workers",
    Cause.DIED: "ended its process {times}",
    Cause.UNAVAILABLE: "could not be reached {times}",
    Cause.DEADLINE: "took longer than a task may, {times}; --deadline allows more",
}


def spent(causes: Sequence[Cause]) -> Cause | None:
    """The cause whose budget a task's failed attempts have used up; None while another attempt is due."""
    for cause, count in Counter(causes).items():
        budget = BUDGETS.get(cause)
        if budget is not None and count >= budget:
            return cause
    return None


def verdict(cause: Cause, causes: Sequence[Cause], message: str) -> str:
    """Why a task was given up, in a few words."""
    if cause not in _WORDS:
        return message
    count = Counter(causes)[cause]
    times = _TIMES.get(count, f"{count} times")
    text = _WORDS[cause].format(times=times)
    if cause is Cause.OUT_OF_MEMORY:
        return f"{text}; {message}"  # which says what to set
    return f"{text} ({message})" if message else text


class Ledger:
    """How the attempts at each task ended, in this run and in those before it.

    Earlier runs count, so that a task that ends its workers does not begin anew with each run; `retry_failed`
    forgives them.
    """

    def __init__(self, failures: Iterable[Mapping[str, Any]] = (), *, retry_failed: bool = False) -> None:
        self._causes: dict[str, list[Cause]] = {}
        self._failed: Counter[str] = Counter()
        self._last: dict[str, str] = {}
        for failure in failures:
            task, cause = failure["task"], Cause(failure["cause"])
            self._failed[task] += 1
            self._last[task] = failure["message"]
            if not retry_failed:
                self._causes.setdefault(task, []).append(cause)

    def attempt(self, task: str) -> int:
        """The number of the next attempt, from 1."""
        return self._failed[task] + 1

    def charge(self, task: str, cause: Cause, message: str) -> str | None:
        """Why a task is given up after one more failed attempt; None when another is due."""
        self._causes.setdefault(task, []).append(cause)
        self._failed[task] += 1
        self._last[task] = message
        return self.given_up(task)

    def wants_solitude(self, task: str) -> bool:
        """Whether the task's next attempt should have its node to itself."""
        return not WANTS_SOLITUDE.isdisjoint(self._causes.get(task, ()))

    def given_up(self, task: str) -> str | None:
        causes = self._causes.get(task, [])
        final = spent(causes)
        return verdict(final, causes, self._last[task]) if final else None
