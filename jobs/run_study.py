"""A study as a job: `python -m jobs.run_study STUDY --results DIR`, the same as `transfer run`.

Also what `ray job submit --working-dir . -- python -m jobs.run_study ...` runs on a cluster.
"""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs import results
from jobs.board import Board
from jobs.closing import close, finished, say, stopped, tell_next
from jobs.cluster import Place, connect
from jobs.controller import DEADLINE, Controller, Summary, Watch
from jobs.executor import Executor
from jobs.interrupts import Interrupts, Remembered
from jobs.keeping import Keeping, Pixels
from jobs.labels import Labels, count
from jobs.progress import progress
from jobs.request import Request, chosen, request
from transfer.store import Store

ANYWHERE = Place()


@dataclass(frozen=True)
class Asked:
    """The study that a person asks for, in their words."""

    study: str
    results: str | None = None
    overrides: Sequence[str] = ()
    size: str = ""
    trusted: Sequence[str] = ()  # SHA-256 of modules of other users that the person vouches for

    def words(self) -> list[str]:
        """The command that goes on with it."""
        home = ["--results", self.results] if self.results else []
        changes = [word for override in self.overrides for word in ("--set", override)]
        trust = [word for digest in self.trusted for word in ("--trust", digest)]
        return ["run", self.study, *home, *changes, *([f"--{self.size}"] if self.size else []), *trust]


@dataclass(frozen=True)
class Wishes:
    """How it is to be run; none of this changes a result."""

    place: Place = ANYWHERE
    is_serial: bool = False
    retry_failed: bool = False
    only: str = ""
    deadline: float = DEADLINE
    is_forced: bool = False  # beside another run over the same results
    log_format: str = "text"  # or json: an object an event
    has_single_writer: bool = False  # for storage that cannot tell two writers apart

    def words(self) -> list[str]:
        return [
            *(["--serial"] if self.is_serial else []),
            *(["--workers", str(self.place.workers)] if self.place.workers else []),
            *(["--gpus-per-worker", str(self.place.gpus)] if self.place.gpus else []),
            *(["--address", self.place.address] if self.place.address != "auto" else []),
            *(["--insecure"] if self.place.is_insecure else []),
            *(["--only", self.only] if self.only else []),
            *(["--deadline", f"{self.deadline:g}"] if self.deadline != DEADLINE else []),
            *(["--log-format", self.log_format] if self.log_format != "text" else []),
            *(["--single-writer"] if self.has_single_writer else []),
        ]


def run_study(asked: Asked, wishes: Wishes) -> int:
    """Runs a study or goes on with it; the exit code."""
    again = [*asked.words(), *wishes.words()]
    try:
        with Remembered() as heard:
            return _run_study(asked, wishes, again, heard)
    except KeyboardInterrupt:
        return stopped(Summary(interrupted=signal.SIGINT), again)


def _run_study(asked: Asked, wishes: Wishes, again: Sequence[str], heard: Remembered) -> int:
    made = request(
        asked.study,
        results.home(asked.results) if asked.results else None,
        overrides=asked.overrides,
        size=asked.size,
        trusted=asked.trusted,
        alone=not wishes.is_forced,
        single_writer=wishes.has_single_writer,
    )
    try:
        return _run_made(made, wishes, again, heard)
    finally:
        made.open_store().place.release()


def _run_made(made: Request, wishes: Wishes, again: Sequence[str], heard: Remembered) -> int:
    board = Board(chosen(made, wishes.only), made.committed)
    pixels = Pixels(made.open_store(), made.plan.tasks, made.committed, made.study.keep)
    pixels.sweep()
    if not board.is_open:
        say(f"{made.study.name}: everything is found done in {results.shown(made.home)}; nothing to run.")
        return _show(made)
    found = sum(task.id in made.committed for task in made.plan.tasks)
    say(f"{made.study.name}: {count(len(board.left()), 'task')} to do, {found} found done.")
    summary = _run(made, board, wishes, pixels, heard)
    pixels.sweep()
    finished(made, summary)
    code = close(made, list(board.tasks.values()), summary, again)
    if summary.interrupted is None and summary.damaged is None:
        _show(made)
    return code


def _show(made: Request) -> int:
    """The matrix on stdout as `transfer matrix` shows it, and the same as a picture, of a study that has one."""
    if not made.open_store().squares():
        return 0
    if not any(craft["role"] == "attack" for craft in made.plan.document["crafts"]):
        tell_next(made, None)
        return 0
    from shutil import get_terminal_size

    from analysis import database, shell, terminal
    from analysis.figures import heatmap
    from analysis.matrix import matrix

    shown = matrix(database.open(made.home))
    print(terminal.text(shown, get_terminal_size().columns), end="", flush=True)
    picture = results.beside(made.home, "heatmap.png")
    heatmap.write(shown, picture)
    if isinstance(made.home, Path):
        shell.write(made.home)
    tell_next(made, picture)
    return 0


def _run(made: Request, board: Board, wishes: Wishes, pixels: Pixels, heard: Remembered) -> Summary:
    store = made.open_store()
    labels = Labels(made.plan.document)
    with (
        _executor(store, board, wishes) as (executor, workers),
        Interrupts() as stop,
        progress(board, labels, workers, wishes.log_format) as shown,
    ):
        if heard.number is not None:
            raise KeyboardInterrupt  # that was swallowed
        watch = Keeping(_counted(shown, board, wishes), pixels)
        stop.on_first = lambda: watch.told("stopping when what is running has ended, at most 30 s; again: now")
        controller = Controller(
            board,
            store,
            executor,
            watch,
            stop,
            workers=workers,
            deadline=wishes.deadline,
            retry_failed=wishes.retry_failed,
        )
        return controller.run()


def _counted(watch: Watch, board: Board, wishes: Wishes) -> Watch:
    """The same, with Ray's metrics where there is a Ray."""
    if wishes.is_serial:
        return watch
    from jobs.metrics import Metrics

    return Metrics(watch, board)


@contextmanager
def _executor(store: Store, board: Board, wishes: Wishes) -> Iterator[tuple[Executor, int]]:
    """Whatever runs the tasks, and how many it runs at a time."""
    if wishes.is_serial:
        from jobs.serial import SerialExecutor

        yield SerialExecutor(store), 1
        return
    say("Ray comes up (some seconds); --serial runs without it.")
    with connect(wishes.place, len(board.left())) as slots:
        from jobs.ray_executor import RayExecutor

        say(f"{count(slots.workers, 'worker')} to come up; each loads torch once.")
        yield RayExecutor(store.location, slots), slots.workers


if __name__ == "__main__":
    from jobs.cli import main

    main(["run", *sys.argv[1:]])
