"""The commit protocol on a disk that forgets, when power is lost, whatever was not synced.

The disk is a model and stands in for the module `os`; the protocol that runs on it is the real one. After
every change to the disk, each state that a loss of power may leave is made: an unsynced name is there or not,
unsynced data are there, torn, or not. In each of them a new process must find no torn record and no record
without its objects, must find every task that was reported done, and must be able to finish the study.
"""

import itertools
import os
import re
from copy import deepcopy
from pathlib import Path

import pytest

from tests.transfer.store.disk import Died, Directory, Disk, OneByOne, contents, synced
from transfer.errors import DamagedResults
from transfer.store import Object, Store
from transfer.store.garbage import collect
from transfer.store.repair import repair
from transfer.store.upkeep import verify

ROOT = Path("/results")


def started(disk: Disk) -> Store:
    """A new process opens the results on this disk."""
    folder = OneByOne(ROOT, disk)
    folder.prepare()
    return Store(folder)


class Study:
    """A run of a few tasks on a disk, and what a loss of power would leave of it at any moment."""

    def __init__(self, tasks, offer) -> None:
        self.tasks, self.offer = tasks, offer
        self.done: set[str] = set()  # reported to the driver
        self.moments = 0
        self.states = 0
        self._seen: set[tuple] = set()
        self.problems: list[str] = []
        self.problem = self._problem  # of a state that is left

    def run(self, store: Store) -> None:
        for task in self.tasks:
            # As a driver does: what has a record is done, and is not offered again.
            if not store.record(task.stage, task.id):
                self.offer(store, task)
            self.done.add(task.id)

    def lose_power(self, disk: Disk) -> None:
        self.moments += 1
        for left in disk.root.outcomes():
            state = (frozenset(self.done), *contents(left, ""))
            if state not in self._seen and not self.problems:
                self._seen.add(state)
                self.states += 1
                if problem := self.problem(deepcopy(left)):
                    self.problems.append(problem)

    def _problem(self, left: Directory) -> str:
        try:
            store = started(Disk(left))
            for record in store.records():
                for role in record.objects:
                    store.fetch(record, role)
            if lost := self.done - {record.task for record in store.records()}:
                return f"reported done and lost: {lost}"
            for task in self.tasks:
                record = self.offer(store, task)
                for role in record.objects:
                    store.fetch(record, role)
        except DamagedResults as error:
            return str(error)
        return ""


@pytest.fixture
def study(tasks, offer) -> Study:
    return Study([tasks[0], tasks[2]], offer)  # a network and a craft on it


def test_no_loss_of_power_tears_or_loses_a_commit(study):
    disk = Disk(Directory())
    store = started(disk)
    disk.changed = lambda: study.lose_power(disk)
    study.run(store)
    assert study.problems == []
    assert study.moments > 50
    assert study.states > 100  # what an attempt makes is all open at once, and then synced
    print(f"\n{study.moments} moments of a loss of power, {study.states} states that differ: no problem")


def test_no_loss_of_power_while_a_folder_is_made_harms_it(study):
    disk = Disk(Directory())
    disk.changed = lambda: study.lose_power(disk)
    started(disk)
    assert study.problems == []
    disk.changed = lambda: None
    study.run(started(disk))
    study.lose_power(disk)
    assert study.problems == []


MUTANTS = {
    "objects' data": (
        lambda path, data: "/objects/" in path,
        r"R078.* bytes, its record says 4,000",
    ),
    "objects' names": (lambda path, data: path.endswith("/objects"), r"R078.* is missing"),
    "records' data": (
        lambda path, data: "/tmp/" in path and data.startswith(b'{"attempt"'),
        r"R077.*checksum mismatch",
    ),
    "records' names": (lambda path, data: "/records/" in path, r"reported done and lost"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_of_the_four_fsyncs_is_needed(study, name):
    """With any one of them removed, some state after a loss of power is wrong: the states can tell."""
    del study.tasks[1:]
    disk = Disk(Directory())
    store = started(disk)
    disk.forgets, harm = MUTANTS[name]
    disk.changed = lambda: study.lose_power(disk)
    study.run(store)
    study.lose_power(disk)
    assert study.problems
    assert re.search(harm, study.problems[0])
    print(f"\nwithout syncing {name}: state {study.states} is wrong: {study.problems[0][:60]} ...")


@pytest.mark.parametrize("missing", ["", "studies", "records", "objects", "records/train"])
def test_a_new_folder_is_synced_into_the_one_around_it(study, missing):
    """The mutant forgets to sync the names in one folder while the layout is made."""
    target = str(ROOT / missing).rstrip("/")
    parent = os.path.dirname(target)
    disk = Disk(Directory(), forgets=lambda path, data: path == parent)
    study.run(started(disk))
    study.lose_power(disk)
    assert study.problems


def test_what_a_dead_process_left_visible_is_durable_before_it_counts(study):
    """The process ends at every call in turn; the next one finishes; only then is power lost."""
    del study.tasks[1:]
    total = _calls(study)
    for call in range(1, total + 1):
        disk = Disk(Directory())
        disk.dies_at = call
        with pytest.raises(Died):
            study.run(started(disk))
        study.done.clear()
        disk.dies_at = -1
        study.run(started(disk))
        study.lose_power(disk)
        assert study.problems == [], f"after call {call}"
    assert study.states >= total
    print(f"\n{total} of {total} calls of the system at which the process ended: completed by the next")


def test_a_record_of_another_process_is_durable_before_it_is_reported_done(study, offer):
    """Both run; the first dies between making its record visible and syncing it; then power is lost."""
    disk = synced(Disk(Directory()))
    first, second = started(disk), started(disk)
    task = study.tasks[0]
    disk.forgets = lambda path, data: "/records/" in path
    offer(first, task)
    disk.forgets = lambda path, data: False
    offer(second, task)
    study.done = {task.id}
    study.lose_power(disk)
    assert study.problems == []


def test_no_loss_of_power_while_results_are_repaired_and_garbage_goes_takes_what_is_whole(study, tasks, offer):
    """One network has changed and a craft was made on it; the other network must stay, and the rest be made again."""
    study.tasks = tasks[:3]
    disk = Disk(Directory())
    store = started(disk)
    study.run(store)
    harmed, whole, _ = tasks[:3]
    file = disk._node(f"{ROOT}/{store.record('train', harmed.id).objects['weights']['key']}")
    file.data = file.synced = b"flipped"
    store.place.create(f"objects/{harmed.id}-{'f' * 32}.parquet", b"of an attempt that died")
    study.done = {whole.id}
    study.problem = lambda left: _repaired_problem(study, left)
    disk.changed = lambda: study.lose_power(disk)
    repair(store, verify(store))
    collect(store, 0.0)
    assert study.problems == []
    assert study.moments > 10 and study.states > 10


def _repaired_problem(study, left):
    """What the next process finds: it must be able to repair the rest, and to finish."""
    store = started(Disk(left))
    repair(store, verify(store))
    if lost := study.done - {record.task for record in store.records()}:
        return f"whole and lost: {lost}"
    for task in study.tasks:
        study.offer(store, task)
    verdict = verify(store)
    return "" if verdict.is_sound and verdict.records == len(study.tasks) else f"{verdict.damaged} {verdict.outdated}"


@pytest.mark.long
@pytest.mark.parametrize("is_synced", [True, False], ids=["whole", "not yet synced"])
def test_a_rival_may_commit_the_same_task_at_any_moment_in_between(study, offer, is_synced):
    """Before every call of the first process in turn, the second makes the whole commit, with other bytes.

    Or it comes to a stop when its record is visible and not yet durable; the first, which loses to that
    record, must make it durable before it reports the task done.
    """
    task = study.tasks[0]
    del study.tasks[1:]
    of_first, of_rival = ({"trained": Object(data * 100, "parquet")} for data in (b"first", b"rival"))
    lost = 0
    for moment in itertools.count(1):
        disk = Disk(Directory())
        first, second = started(disk), started(disk)
        disk.interrupted_at = disk.calls + moment
        study.done.clear()
        came = []

        def rival(second=second, disk=disk, came=came):
            disk.changed = lambda: study.lose_power(disk)  # before this it is a commit like any other
            disk.forgets = lambda path, data: not is_synced and "/records/" in path
            came.append(offer(second, task, objects=of_rival, provenance={"by": "rival"}))
            disk.forgets = lambda path, data: False
            study.done |= {task.id} if is_synced else set()

        disk.interrupt = rival
        won = offer(first, task, objects=of_first, provenance={"by": "first"})
        if not came:
            break  # the first was through before its rival's turn came
        study.done.add(task.id)
        study.lose_power(disk)
        assert study.problems == [], f"before call {moment}"
        assert first.record("train", task.id) == came[0] == won
        assert sorted(disk.listdir(f"{ROOT}/objects")) == sorted(
            kept["key"].removeprefix("objects/") for kept in won.objects.values()
        )
        lost += won.provenance == {"by": "rival"}
    assert 0 < lost < moment - 1
    print(f"\n{moment - 1} moments at which a rival committed: {lost} won by the rival")


def _calls(study: Study) -> int:
    disk = Disk(Directory())
    study.run(started(disk))
    return disk.calls
