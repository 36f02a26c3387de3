"""Writers, readers, garbage collection and repair on one disk in memory, in schedules drawn from a seed.

What runs is the real protocol, call by call of the system. `python -m tests.transfer.store.simulation [SCHEDULES]`
runs it and then each mutant of it, and prints what was found.
"""

import hashlib
import random
import sys
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.transfer.store.disk import Directory, Disk, File
from tests.transfer.store.scheduler import Process, Scheduler, System
from transfer.errors import DamagedResults
from transfer.identity import digest
from transfer.store import Object, Record, Store, garbage
from transfer.store.folder import Folder
from transfer.store.repair import repair
from transfer.store.upkeep import verify

ROOT = Path("/results")
OLD = 10_000  # calls of the disk; no process of a schedule sleeps that long
SPECS = [{"stage": "train", "seed": 0}, {"stage": "train", "seed": 1}, {"stage": "craft", "on": 0}]
IDS = [digest(spec) for spec in SPECS]
NEEDS = {IDS[2]: IDS[0]}  # the craft reads the first network


class Simulated(Folder):
    at_once = 1  # the threads of a process would be processes here


@dataclass(frozen=True)
class Variant:
    """The protocol as it is, or with one thing wrong."""

    folder: type[Folder] = Simulated
    store: type[Store] = Store
    collect: Callable[[Store, float], Any] = garbage.collect
    least: float = OLD / 2  # the age from which garbage is collected
    reads: Callable[[Store], Counter[str]] | None = None


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
        self.problems += [f"{one.name}: {one.error!r}" for one in scheduler.processes if one.error]
        self._end()
        return scheduler.steps

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
        for _ in range(2):
            self.variant.collect(self._store(process), 0.0 if self.is_careless else self.variant.least)

    def _repairer(self, process: Process) -> None:
        store = self._store(process)
        repair(store, verify(store))

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
        store.place.write(f"objects/{IDS[1]}-{'f' * 32}.parquet", b"of an attempt that died long ago")
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


# What the simulation must find


class Overwriting(Simulated):
    """The last to make a record has it."""

    def _link(self, temporary: str, path: str) -> bool:
        self._system.rename(temporary, path)
        self._system.open(temporary, 0o101)  # so that there is something to tidy away
        return True


class Incomplete(Store):
    """A writer that does not look for its objects once its record is made."""

    def _complete(self, files: Any) -> None:
        pass


class Shared(Store):
    """Objects named by their task alone, so that two attempts have one between them."""

    def _publish(self, record: Record, objects: Any) -> Record:
        for kept in record.objects.values():
            kept["key"] = f"objects/{record.task}-{'0' * 32}.parquet"
        return super()._publish(record, objects)


def _globbed(store: Store) -> Counter[str]:
    """A reader that takes every file for a result."""
    return Counter(name.partition("-")[0] for name in store.place.names("objects"))


def _hasty(store: Store, least: float) -> None:
    """A collection that does not look for records once more."""
    sizes = [name for name, age in store.place.ages("objects").items() if age >= least]
    for name in set(sizes) - garbage._named(store, sizes):
        store.place.delete(f"objects/{name}")


SOUND = Variant()
MUTANTS: dict[str, tuple[Variant, bool]] = {
    "overwrite for create": (Variant(folder=Overwriting), False),
    "glob for list": (Variant(reads=_globbed), False),
    "early garbage collection": (Variant(least=0.0), False),
    "a collection that does not look again": (Variant(collect=_hasty), True),
    "a writer that does not look again": (Variant(store=Incomplete), True),
    "objects shared by attempts": (Variant(store=Shared), False),
}


def simulate(schedules: int, variant: Variant = SOUND, *, is_careless: bool = False, first: int = 0) -> World | int:
    """Run so many schedules; the first that leads to a problem, or how many steps there were in all."""
    steps = 0
    for seed in range(first, first + schedules):
        world = World(seed, variant, is_careless)
        steps += world.run()
        if world.problems:
            return world
    return steps


def main(schedules: int) -> None:
    for is_careless in (False, True):
        found = simulate(schedules // 2, is_careless=is_careless)
        how = "garbage of any age collected beside sleeping writers" if is_careless else "garbage collected by age"
        if isinstance(found, World):
            sys.exit(f"seed {found.seed}, {how}: {found.problems[0]}")
        print(f"{schedules // 2} schedules, {how}: {found:,} system calls, no problem")
    for name, (variant, is_careless) in MUTANTS.items():
        found = simulate(schedules, variant, is_careless=is_careless)
        if not isinstance(found, World):
            sys.exit(f"mutant not caught in {schedules} schedules: {name}")
        print(f"mutant caught by schedule {found.seed}: {name} ({found.problems[0][:60]} ...)")
    print(f"{len(MUTANTS)} of {len(MUTANTS)} mutants caught")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 800)
