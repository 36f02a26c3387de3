"""How a run goes, on stderr: a live table on a terminal, one line an event elsewhere."""

import json
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from jobs.board import Board, State
from jobs.executor import Receipt
from jobs.labels import DONE, VERBS, Labels
from jobs.policy import Cause
from transfer.tasks import Task

if TYPE_CHECKING:
    from rich.table import Table

STAGES = ("train", "craft", "evaluate", "probe")


class Lines:
    """One line an event: for a log, a pipe, a terminal that cannot redraw."""

    def __init__(self, board: Board, labels: Labels, workers: int) -> None:
        self.board, self.labels, self.workers = board, labels, workers
        self._seconds: dict[str, float] = defaultdict(float)
        self._done: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to be put in order."""

    def started(self, task: Task) -> None:
        """Only what ends is worth a line."""

    def finished(self, task: Task, receipt: Receipt) -> None:
        self._seconds[task.stage] += receipt["seconds"]
        self._done[task.stage] += 1
        accuracy = receipt["accuracy"]
        right = "" if accuracy is None else f": {accuracy:.1%} right"
        place = f"[{self.board.total(State.DONE)}/{len(self.board.tasks)}]"
        self.told(f"{place} {DONE[task.stage]} {self.labels(task)}{right} ({receipt['seconds']:.1f} s)")

    def failed(self, task: Task, reason: str, blocked: int) -> None:
        behind = f" {blocked} others need it and are left out." if blocked else ""
        self.told(f"failed: {VERBS[task.stage]} {self.labels(task)}: {_line(reason)}.{behind}")

    def retried(self, task: Task, cause: Cause, message: str) -> None:
        self.told(f"again: {VERBS[task.stage]} {self.labels(task)} ({cause}: {_line(message)})")

    def told(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def refresh(self) -> None:
        """Lines stand as they are."""

    def seconds_left(self) -> float | None:
        """What the rest may take; None while a stage that is left has not been seen."""
        total = 0.0
        for stage in STAGES:
            left = sum(self.board.counts[stage, state] for state in (State.WAITING, State.READY, State.RUNNING))
            if left and not self._done[stage]:
                return None
            total += left * self._seconds[stage] / max(1, self._done[stage])
        return total / self.workers


class Json(Lines):
    """One JSON object an event, for whatever reads logs: of a task its id, and never what it read or made."""

    def finished(self, task: Task, receipt: Receipt) -> None:
        said = {name: value for name, value in receipt.items() if name not in ("task", "stage")}
        self._tell("done", task, **said)

    def failed(self, task: Task, reason: str, blocked: int) -> None:
        self._tell("failed", task, reason=reason, blocked=blocked)

    def retried(self, task: Task, cause: Cause, message: str) -> None:
        self._tell("again", task, cause=cause, message=message)

    def told(self, text: str) -> None:
        self._write({"event": "told", "text": text})

    def _tell(self, event: str, task: Task, **more: object) -> None:
        self._write({"event": event, "stage": task.stage, "task": task.id, "what": self.labels(task), **more})

    def _write(self, said: dict[str, object]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        print(json.dumps({"time": now, **said}), file=sys.stderr, flush=True)


class Live(Lines):
    """A table that redraws itself: what is done, running, left and failed in each stage, and the time left."""

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.live import Live as Screen

        self._began = time.monotonic()
        self._screen = Screen(console=Console(stderr=True), get_renderable=self.table, refresh_per_second=4)
        self._screen.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._screen.stop()

    def told(self, text: str) -> None:
        self._screen.console.print(text, markup=False, highlight=False)

    def finished(self, task: Task, receipt: Receipt) -> None:
        if receipt["accuracy"] is not None:
            super().finished(task, receipt)
            return
        self._seconds[task.stage] += receipt["seconds"]
        self._done[task.stage] += 1

    def table(self) -> "Table":
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=self._clock(), caption_justify="left")
        for name in ("", "done", "running", "left", "failed"):
            table.add_column(name, justify="left" if not name else "right")
        counts = self.board.counts
        for stage in STAGES:
            done, running = counts[stage, State.DONE], counts[stage, State.RUNNING]
            left = counts[stage, State.WAITING] + counts[stage, State.READY]
            failed = counts[stage, State.FAILED] + counts[stage, State.BLOCKED]
            if done + running + left + failed:
                numbers = (str(number) if number else "·" for number in (done, running, left, failed))
                table.add_row(VERBS[stage], *numbers)
        return table

    def _clock(self) -> str:
        left = self.seconds_left()
        told = "time left: not known yet" if left is None else f"about {duration(left)} left"
        return f"{duration(time.monotonic() - self._began)} gone, {told}. Ctrl-C is safe."


def progress(board: Board, labels: Labels, workers: int, log_format: str = "text") -> Lines:
    """A live table on a terminal, lines elsewhere; JSON where somebody asks for it."""
    import os

    if log_format == "json":
        return Json(board, labels, workers)
    is_live = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return (Live if is_live else Lines)(board, labels, workers)


def duration(seconds: float) -> str:
    """`48 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0].rstrip(".")
