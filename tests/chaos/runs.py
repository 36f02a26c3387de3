"""A small real study, its drivers, and whether its results are those of a run that nothing has disturbed."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from tests.chaos.processes import wait_for
from transfer.store import Record, Store
from transfer.store.garbage import collect
from transfer.store.upkeep import verify

STUDY = """
title: A small study of every kind of task
data: mnist
splits: {P1: 300, P2: 300}
models:
  narrow: {architecture: {name: strike:watched, hidden: 8}}
  wide: {architecture: {name: strike:watched, hidden: 12}}
every_model: {recipe: {name: adam, epochs: 1}, split: [P1, P2], seed: 0}
attacks:
  fgsm: {epsilon: [0.1]}
controls: [noise]
images: {test: 20}
"""
ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "jobs.cli", "run"]
SECONDS = 300.0  # at most, for a run, or for a fault to strike


class NotAsPlanned(Exception):
    """A fault that did not strike, or results that differ."""


def expect(is_so: bool, text: str) -> None:
    if not is_so:
        raise NotAsPlanned(text)


@dataclass(frozen=True)
class Struck:
    """Who was struck: its process and that one's parent, the task it was at, how many of the stage were done."""

    pid: int
    parent: int
    stage: str
    task: str
    done: int

    def __str__(self) -> str:
        return f"{self.stage} {self.task[:8]} in pid {self.pid}, the stage's records {self.done}"


@dataclass
class Driver:
    """A driver at work, or one that has ended."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self.log.read_text()

    def end(self) -> int:
        """Its exit code, once it has ended of itself."""
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise NotAsPlanned(f"pid {self.pid} did not end in {SECONDS:.0f} s:\n{self.said()}") from None


@dataclass
class Scene:
    """Where one fault happens: results of its own, and the folder in $CHAOS that says what is to happen."""

    home: Path  # of the study, and of everything that is made
    name: str
    drivers: list[Driver] = field(default_factory=list)

    @property
    def results(self) -> Path:
        return self.home / self.name.replace(" ", "-").replace("'", "") / "results"

    @property
    def chaos(self) -> Path:
        return self.home / "now"

    def plan(
        self, stage: str, how: str, *, after: int = 1, step: str = "", error: str = "", at: Path | None = None
    ) -> None:
        """What is to happen to the first task of a stage that is at work when so many of the stage are done."""
        shutil.rmtree(self.chaos, ignore_errors=True)
        self.chaos.mkdir()
        wanted = {"stage": stage, "how": how, "after": after, "step": step, "error": error}
        (self.chaos / "plan.part").write_text(json.dumps({**wanted, "results": str(at or self.results)}))
        (self.chaos / "plan.part").rename(self.chaos / "plan.json")

    def begin(
        self,
        *words: object,
        command: list[str] = COMMAND,
        environment: Mapping[str, str] | None = None,
        results: Path | None = None,
    ) -> Driver:
        """A driver in a process group of its own, as a shell starts it."""
        study = [str(self.home / "study" / "chaos.yaml"), "--results", str(results or self.results)]
        log = self.home / f"{self.results.parent.name}-{len(self.drivers)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, *study, *map(str, words)],
                stdout=subprocess.DEVNULL,
                stderr=file,
                env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
                start_new_session=True,
            )
        self.drivers.append(Driver(process, log))
        return self.drivers[-1]

    def struck(self, driver: Driver | None = None) -> Struck:
        """Who was struck, as soon as somebody is, while a driver is at work."""
        file = self.chaos / "struck.json"
        wait_for(lambda: file.exists() or not driver or driver.process.poll() is not None, SECONDS)
        expect(file.exists(), f"the fault did not strike\n{self.drivers[-1].said()}")
        return Struck(**json.loads(file.read_text()))

    def has(self, name: str) -> bool:
        return (self.chaos / name).exists()

    def release(self) -> None:
        (self.chaos / "go").touch()

    def causes(self, task: str) -> list[str]:
        """How the attempts at a task failed, as the results keep it."""
        return sorted(one["cause"] for one in self.store().failures() if one["task"] == task)

    def record(self, struck: Struck) -> Record | None:
        return self.store().record(struck.stage, struck.task)

    def store(self) -> Store:
        return Store.open(self.results, writing=False)


def differences(undisturbed: Store, found: Store) -> list[str]:
    """What is missing, what is there twice, what differs, in words. Garbage is collected and must then be gone."""
    collect(found, 0.0)
    verdict = verify(found, deep=True)
    told = [str(problem) for problem in (*verdict.damaged, *verdict.outdated)]
    wanted, there = _digests(undisturbed), _digests(found)
    told += [f"missing: {task}" for task in wanted.keys() - there.keys()]
    told += [f"not asked for: {task}" for task in there.keys() - wanted.keys()]
    told += [f"differs: {task}" for task in wanted.keys() & there.keys() if wanted[task] != there[task]]
    squares = Counter(_squares(found))
    told += [f"{times} times: {square}" for square, times in squares.items() if times > 1]
    if verdict.orphans or verdict.temporaries or verdict.unknown:
        told.append(f"left over: {verdict.orphans} objects, {verdict.temporaries} temporaries, {verdict.unknown}")
    return told


def _digests(store: Store) -> dict[str, dict[str, str]]:
    return {one.task: {role: kept["sha256"] for role, kept in one.objects.items()} for one in store.records()}


def _squares(store: Store) -> Iterator[tuple[str, str]]:
    for record in store.records("evaluate"):
        yield from product(record.spec.get("crafts", ()), record.spec.get("targets", ()))
