"""A study as a job: `python -m jobs.run_study STUDY --results DIR`, the same as `transfer run`.

Also what `ray job submit --working-dir . -- python -m jobs.run_study ...` runs on a cluster.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.board import Board
from jobs.controller import DEADLINE, Controller, Summary
from jobs.executor import Executor
from jobs.interrupts import Interrupts
from jobs.labels import Labels
from jobs.progress import progress
from jobs.request import Request, chosen, request
from transfer.errors import TransferError

FAILED, DAMAGED = 3, 5


@dataclass(frozen=True)
class Wishes:
    """How a study is to be run; none of it changes a result."""

    address: str = "auto"
    workers: int | None = None
    is_serial: bool = False
    retry_failed: bool = False
    only: str = ""
    deadline: float = DEADLINE


def run_study(text: str, home: Path | None, wishes: Wishes, *, overrides: Sequence[str] = (), size: str = "") -> int:
    """Runs a study or goes on with it; the exit code."""
    asked = request(text, home, overrides=overrides, size=size)
    board = Board(chosen(asked, wishes.only), asked.committed)
    if not board.is_open:
        _say(f"{asked.study.name}: all {asked.plan.squares} squares are found done in {asked.home}; nothing to run.")
        return _close(asked, Summary())
    try:
        summary = _run(asked, board, wishes)
    except KeyboardInterrupt:
        summary = Summary(interrupted=2)
    return _close(asked, summary)


def _run(asked: Request, board: Board, wishes: Wishes) -> Summary:
    assert asked.store
    labels = Labels(asked.plan.document)
    with _executor(asked, board, wishes) as (executor, workers):
        watch = progress(board, labels, workers)
        with Interrupts() as stop, watch:
            stop.on_first = lambda: watch.told("stopping: what is running may end, up to 30 s. Again to stop now.")
            return Controller(
                board,
                asked.store,
                executor,
                watch,
                stop,
                workers=workers,
                deadline=wishes.deadline,
                retry_failed=wishes.retry_failed,
            ).run()


@contextmanager
def _executor(asked: Request, board: Board, wishes: Wishes) -> Iterator[tuple[Executor, int]]:
    """Whatever runs the tasks, and how many it runs at a time."""
    assert asked.store
    if wishes.is_serial:
        from jobs.serial import SerialExecutor

        yield SerialExecutor(asked.store), 1
        return
    raise TransferError("U090", "only --serial for now")


def _close(asked: Request, summary: Summary) -> int:
    """What a person is told at the end."""
    for task, reason in summary.reasons.items():
        _say(f"failed: {task[:12]} {reason}")
    if summary.damaged:
        _say(str(summary.damaged))
        return DAMAGED
    if summary.interrupted:
        return 128 + summary.interrupted
    return FAILED if summary.reasons else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    from jobs.cli import main

    main(["run", *sys.argv[1:]])
