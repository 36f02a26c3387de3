"""Random schedules of the real protocol; `mutants.py` shows that they find what is wrong with it."""

import subprocess
import sys

import pytest

from tests.transfer.store import mutants
from tests.transfer.store.simulation import World, simulate

RARE = {  # not in the first few schedules
    "a collection that does not look again",
    "a repair that looks once",
    "a writer that trusts another's record",
}


@pytest.mark.parametrize("is_careless", [False, True], ids=["by age", "of any age"])
def test_no_schedule_loses_doubles_or_tears_a_commit_beside_garbage_collection_and_repair(is_careless):
    found = simulate(40, is_careless=is_careless)
    assert not isinstance(found, World), f"seed {found.seed}: {found.problems[0]}"
    assert found > 10_000  # system calls


@pytest.mark.parametrize("name", sorted(mutants.MUTANTS.keys() - RARE))
def test_a_protocol_with_one_thing_wrong_is_caught(name):
    variant, is_careless = mutants.MUTANTS[name]
    found = simulate(100, variant, is_careless=is_careless)
    assert isinstance(found, World), "no schedule has found it"


def test_a_seed_is_a_schedule():
    assert simulate(3, first=7) == simulate(3, first=7)


@pytest.mark.long
def test_eight_hundred_schedules_find_nothing_and_every_mutant():
    """In a process of its own, since the types that are checked in tests make every call slower."""
    command = [sys.executable, "-m", "tests.transfer.store.mutants", "800"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(mutants.MUTANTS)} of {len(mutants.MUTANTS)} mutants caught" in done.stdout
