"""The protocol with one thing wrong: what the simulation must find, or it could not find anything.

`python -m tests.transfer.store.mutants [SCHEDULES]` runs the protocol as it is, then each mutant, and prints what
was found.
"""

import sys
from collections import Counter
from dataclasses import replace
from typing import Any

from tests.transfer.store.disk import OneByOne
from tests.transfer.store.simulation import Variant, World, simulate
from transfer.store import Record, Store, garbage
from transfer.store.upkeep import Verdict, verify


class Overwriting(OneByOne):
    """The last to make a record has it."""

    def _link(self, temporary: str, path: str) -> bool:
        self._system.rename(temporary, path)
        self._system.open(temporary, 0o101)  # so that there is something to tidy away
        return True


class Incomplete(Store):
    """A writer that does not look for its objects once its record is made."""

    def _complete(self, files: Any) -> None:
        pass


class Trusting(Store):
    """A writer that loses, and reports the task done without a look at the objects of the one that won."""

    def _whole(self, record: Record) -> Record:
        return record


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
    for name in sorted(set(sizes) - garbage._named(store, sizes)):
        store.place.delete(f"objects/{name}")


def _hurried(store: Store) -> Verdict:
    """A repair that takes an input for gone since it was committed while folders were listed."""
    verdict = verify(store)
    made = {kept["sha256"] for record in verdict.readable for kept in record.objects.values()}
    inputs = [(record, task, sha256) for record in verdict.readable for task, sha256 in record.inputs.items()]
    return replace(verdict, stale=tuple((record, task) for record, task, sha256 in inputs if sha256 not in made))


MUTANTS: dict[str, tuple[Variant, bool]] = {
    "overwrite for create": (Variant(folder=Overwriting), False),
    "glob for list": (Variant(reads=_globbed), False),
    "early garbage collection": (Variant(least=0.0), False),
    "a collection that does not look again": (Variant(collect=_hasty), True),
    "a writer that does not look again": (Variant(store=Incomplete), True),
    "a writer that trusts another's record": (Variant(store=Trusting), True),
    "a repair that looks once": (Variant(verify=_hurried), False),
    "objects shared by attempts": (Variant(store=Shared), False),
}


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
