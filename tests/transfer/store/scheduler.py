"""Processes that take turns as a seed says: after each system call another may go on, or one may die there."""

import random
import threading
from collections.abc import Callable
from typing import Any

from tests.transfer.store.disk import Died, Disk


class Process:
    """Work that stops before every system call until its turn comes."""

    def __init__(self, scheduler: "Scheduler", name: str, weight: float, dies_at: int | None) -> None:
        self.name, self.weight, self.dies_at = name, weight, dies_at
        self.turn = threading.Semaphore(0)
        self.steps = 0
        self.is_dead = False
        self.error: Exception | None = None
        self._scheduler = scheduler

    def step(self) -> None:
        if not self.is_dead:
            self._scheduler.switch(self)
            self.steps += 1
            self.is_dead = self.steps == self.dies_at
        if self.is_dead:
            raise Died

    def run(self, work: Callable[[], None]) -> None:
        self.turn.acquire()
        try:
            work()
        except Died:
            pass
        except Exception as error:
            self.error = error
        self._scheduler.ended(self)


class System:
    """The functions of `os` for one process, over the disk that all share."""

    def __init__(self, disk: Disk, process: Process) -> None:
        self._disk, self._process = disk, process

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._disk, name)

        def turn(*arguments: Any) -> Any:
            self._process.step()
            return call(*arguments)

        return turn


class Scheduler:
    """Who goes on is drawn; some processes are a hundred times slower than others, as if they slept."""

    def __init__(self, draws: random.Random, deaths: float) -> None:
        self.draws, self.deaths = draws, deaths
        self.processes: list[Process] = []
        self.steps = 0
        self._left: list[Process] = []
        self._all_ended = threading.Event()

    def start(self, name: str, work: Callable[[Process], None], may_die: bool = True) -> Process:
        dies_at = self.draws.randrange(1, 60) if may_die and self.draws.random() < self.deaths else None
        process = Process(self, name, 10 ** self.draws.uniform(-2, 0), dies_at)
        self.processes.append(process)
        self._left.append(process)
        threading.Thread(target=process.run, args=(lambda: work(process),), daemon=True).start()
        return process

    def run(self) -> None:
        """Until all have ended or died."""
        self._drawn().turn.release()
        self._all_ended.wait()

    def switch(self, current: Process) -> None:
        self.steps += 1
        chosen = self._drawn()
        if chosen is not current:
            chosen.turn.release()
            current.turn.acquire()

    def ended(self, process: Process) -> None:
        self._left.remove(process)
        if self._left:
            self._drawn().turn.release()
        else:
            self._all_ended.set()

    def _drawn(self) -> Process:
        return self.draws.choices(self._left, [process.weight for process in self._left])[0]
