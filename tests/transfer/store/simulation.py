"""Writers, readers, garbage collection and repair on one disk in memory, in schedules drawn from a seed.

What runs is the real protocol, call by call of the system; `mutants.py` has what the simulation must find.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.transfer.store.disk import Directory, Disk, File, OneByOne
from tests.transfer.store.scheduler import Process, Scheduler, System
from transfer.errors import DamagedResults, TransferError
from transfer.identity import digest
from transfer.store import Object, Record, Store, commits, folder, garbage
from transfer.store.folder import Folder
from transfer.store.repair import repair
from transfer.store.upkeep import Verdict, verify

ROOT = Path("/results")
OLD = 10_000  # calls of the disk; no process of a schedule sleeps that long
SPECS = [{"stage": "train", "seed": 0}, {"stage": "train", "seed": 1}, {"stage": "craft", "on": 0}]
IDS = [digest(spec) for spec in SPECS]
NEEDS = {IDS[2]: IDS[0]}  # the craft reads the first network


@dataclass(frozen=True)
class Variant:
    """The protocol as it is, or with one thing wrong."""

    folder: type[Folder] = OneByOne
    store: type[Store] = Store
    collect: Callable[[Store, float], Any] = garbage.collect
    least: float = OLD / 2  # the age from which garbage is collected
    reads: Callable[[Store], Counter[str]] | None = None
    verify: Callable[[Store], Verdict] = verify


SOUND = Variant()


@dataclass
class World:
    """One schedule, and what it must not lead to."""

    seed: int
    variant: Variant
    is_careless: bool  # collects whatever its age, beside writers that may sleep for ever: no reader looks then
    problems: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)  # task: attempt

    def __post_init__(self) -> None:
        self.draws = random.Random(self.seed)
        self.disk = _prepared(self.variant)
        self.damaged: set[str] = set()

    def run(self) -> int:
        """How many system calls there were."""
        with self._repeatable():
            return self._run()

    def _run(self) -> int:
        scheduler = Scheduler(self.draws, deaths=0.4)
        self._begin()
        for number in range(3):
            scheduler.start(f"writer {number}", self._writer(f"{self.seed} {number}"))
        scheduler.start("collector", self._collector)
        if self.draws.random() < 0.5:
            scheduler.start("repairer", self._repairer)
        if not self.is_careless:
            scheduler.start("reader", self._reader, may_die=False)
        scheduler.run()
        self.problems += [f"{one.name}: {one.error!r}" for one in scheduler.processes if not self._may_be(one.error)]
        self._end()
        return scheduler.steps

    @contextmanager
    def _repeatable(self) -> Iterator[None]:
        """Names that are drawn anew each time come from the seed: one seed is one schedule."""
        modules = (commits, folder)
        for module in modules:
            module.uuid4 = lambda: UUID(int=self.draws.getrandbits(128))
        try:
            yield
        finally:
            for module in modules:
                module.uuid4 = uuid4

    # The processes

    def _writer(self, salt: str) -> Callable[[Process], None]:
        order = [0, 2, 1] if self.draws.random() < 0.5 else [1, 0, 2]

        def write(process: Process) -> None:
            store = self._store(process)
            for number in order:
                record = self._offer(store, number, salt)
                if record:
                    self._acknowledge(record)

        return write

    def _offer(self, store: Store, number: int, salt: str) -> Record | None:
        needed = NEEDS.get(IDS[number])
        read = store.record("train", needed) if needed else None
        if needed and not read:
            return None
        inputs = {needed: read.objects["made"]["sha256"]} if needed and read else {}
        # Bytes of its own, as of a task that no machine repeats to the bit.
        made = {"made": Object(hashlib.sha256(f"{salt} {number}".encode()).digest(), "parquet")}
        spec, stage = SPECS[number], SPECS[number]["stage"]
        found = {"inputs": inputs, "objects": made, "provenance": {}, "seconds": 0.0}
        return store.commit(IDS[number], str(stage), spec=spec, **found)

    def _acknowledge(self, record: Record) -> None:
        attempt = self.acknowledged.setdefault(record.task, record.attempt)
        if attempt != record.attempt and not self._may_be_repaired(record.task):
            self.problems.append(f"{record.task[:4]} was acknowledged twice, for two attempts")
        self.acknowledged[record.task] = record.attempt

    def _collector(self, process: Process) -> None:
        for _ in range(6 if self.is_careless else 2):
            self.variant.collect(self._store(process), 0.0 if self.is_careless else self.variant.least)

    def _repairer(self, process: Process) -> None:
        store = self._store(process)
        for _ in range(3):
            repair(store, self.variant.verify(store))

    def _reader(self, process: Process) -> None:
        store = self._store(process)
        for _ in range(6):
            if self.variant.reads:
                rows = self.variant.reads(store)
            else:
                rows = Counter(record.task for record in store.records() if self._fetch(store, record))
            self.problems += [f"{task[:4]} was read {times} times" for task, times in rows.items() if times > 1]

    def _fetch(self, store: Store, record: Record) -> bool:
        try:
            store.fetch(record, "made")
        except DamagedResults as error:
            if record.objects["made"]["key"] not in self.damaged:
                self.problems.append(f"a reader met {error}")
        return True

    # Before and after

    def _begin(self) -> None:
        """A study half done: old garbage, and perhaps a finished task, whose object may have changed since."""
        store = Store(self.variant.folder(ROOT, self.disk))
        store.place.create(f"objects/{IDS[1]}-{'f' * 32}.parquet", b"of an attempt that died long ago")
        if self.draws.random() < 0.5:
            record = self._offer(store, 0, "before")
            assert record
            self._acknowledge(record)
            if self.draws.random() < 0.5:
                self.damaged.add(record.objects["made"]["key"])
                self._file(record.objects["made"]["key"]).data = b"flipped"
        for file in self.disk.root.names["results"].names["objects"].names.values():
            file.changed -= OLD

    def _end(self) -> None:
        """A quiet process afterwards: it must find all that was acknowledged, and be able to finish."""
        store = Store(self.variant.folder(ROOT, self.disk))
        if self.is_careless:
            garbage.collect(store, 0.0)  # puts back what a collection that died had moved
        verdict = verify(store)
        records = {record.task: record for record in verdict.readable}
        harmed = {found.key for found in verdict.damage}
        for task, attempt in self.acknowledged.items():
            record = records.get(task)
            if not record and not self._may_be_repaired(task):
                self.problems.append(f"{task[:4]} was acknowledged and has no record")
            if record and record.attempt != attempt and not self._may_be_repaired(task):
                self.problems.append(f"{task[:4]} was acknowledged for another attempt than its record's")
            is_whole = record and record.attempt == attempt and record.objects["made"]["key"] not in self.damaged
            if is_whole and f"records/{record.stage}/{task}.json" in harmed:
                self.problems.append(f"{task[:4]} was acknowledged and has lost its object")
        if not self.is_careless:
            for found in verdict.damage:
                if not any(key.partition("-")[0].endswith(found.key[-37:-5]) for key in self.damaged):
                    self.problems.append(f"a record is there without its object: {found.problem}")
        self._finish(store)

    def _finish(self, store: Store) -> None:
        repair(store, verify(store))
        for number in (0, 1, 2):
            self._offer(store, number, "afterwards")
        verdict = verify(store)
        if not verdict.is_sound or verdict.records != len(SPECS):
            self.problems.append(f"the next run cannot finish: {verdict.damaged} {verdict.outdated}")

    def _may_be(self, error: Exception | None) -> bool:
        """Whether a process may end so: it is told of what the schedule has damaged, or of what it has collected."""
        if isinstance(error, TransferError) and self.is_careless:
            return True
        return error is None or (isinstance(error, DamagedResults) and any(key in error.text for key in self.damaged))

    def _may_be_repaired(self, task: str) -> bool:
        """Whether `repair` may have taken this decision back: it was made of what the schedule has damaged."""
        harmed = {key.removeprefix("objects/").partition("-")[0] for key in self.damaged}
        return task in harmed or NEEDS.get(task) in harmed

    def _store(self, process: Process) -> Store:
        return self.variant.store(self.variant.folder(ROOT, System(self.disk, process)))

    def _file(self, key: str) -> File:
        node = self.disk._node(f"{ROOT}/{key}")
        assert isinstance(node, File)
        return node


def _prepared(variant: Variant, made: dict[type, Directory] = {}) -> Disk:  # noqa: B006 made once
    if variant.folder not in made:
        disk = Disk(Directory())
        variant.folder(ROOT, disk).prepare()
        made[variant.folder] = disk.root
    disk = Disk(deepcopy(made[variant.folder]))
    disk.calls = OLD * 2
    return disk


def simulate(schedules: int, variant: Variant = SOUND, *, is_careless: bool = False, first: int = 0) -> World | int:
    """Run so many schedules; the first that leads to a problem, or how many steps there were in all."""
    steps = 0
    for seed in range(first, first + schedules):
        world = World(seed, variant, is_careless)
        steps += world.run()
        if world.problems:
            return world
    return steps
