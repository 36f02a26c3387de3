"""A process that ends at any step of the protocol, for every kind of task, and what a second run makes of it."""

import errno
import os
import signal

import pytest

from transfer.errors import EnvironmentProblem
from transfer.store import Store, faults
from transfer.store.upkeep import verify

# By a commit of two networks, a craft and a tile.
PASSED = {"commit": 4, "objects": 7, "objects durable": 4, "records": 4}


@pytest.fixture
def undisturbed(tmp_path, tasks, offer, digests):
    store = Store.open(tmp_path / "undisturbed")
    for task in tasks:
        offer(store, task)
    return digests(store)


@pytest.fixture
def study(fast_folder, tasks, offer):
    """Offers every task, in a child process with the given fault; how the child ended."""

    def study(fault: str, folder=fast_folder) -> int:
        pid = os.fork()
        if not pid:
            try:
                os.environ[faults.VARIABLE] = fault
                faults._passed.clear()
                store = Store.open(folder)
                for task in tasks:
                    offer(store, task)
                os._exit(0)
            finally:
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    return study


@pytest.mark.parametrize("step", faults.STEPS)
def test_a_run_that_ends_at_any_step_is_completed_by_the_next(
    step, study, tasks, offer, digests, undisturbed, fast_folder
):
    """The failure is moved on, step by step, until the run gets through: no point is left out."""
    crashes = 0
    while True:
        folder = fast_folder / str(crashes)
        if study(f"{step}:{crashes + 1}:exit", folder) == 0:
            break
        crashes += 1
        after_crash = Store.open(folder, writing=False)
        assert verify(after_crash).damaged == ()
        left = {record.task: record for record in after_crash.records()}
        resumed = Store.open(folder)
        for task in tasks:
            offer(resumed, task)
        assert digests(resumed) == undisturbed
        verdict = verify(resumed)
        assert verdict.is_sound
        assert verdict.records == len(tasks)
        assert verdict.orphans <= 2
        assert all(resumed.record(record.stage, task) == record for task, record in left.items())
    assert crashes == PASSED.get(step, PASSED[step.split()[0]])


def test_a_killed_process_is_no_worse_than_one_that_ends(study, tasks, offer, digests, undisturbed, fast_folder):
    assert study("records linked:3:kill") == -signal.SIGKILL
    store = Store.open(fast_folder)
    assert len(store.records()) == 3
    for task in tasks:
        offer(store, task)
    assert digests(store) == undisturbed


def test_with_a_marker_only_the_first_process_fails(study, fast_folder, tmp_path):
    fault = f"objects synced:1:exit:{tmp_path / 'marker'}"
    assert study(fault) == 86
    assert study(fault) == 0
    assert len(Store.open(fast_folder).records()) == 4


def test_the_outcome_of_an_error_after_the_record_was_made_is_asked_of_the_store(store, task, offer, monkeypatch):
    """The record is visible when its folder cannot be synced: its objects must stay, and success is not claimed."""
    monkeypatch.setattr(faults, "_passed", faults.Counter())
    monkeypatch.setenv(faults.VARIABLE, "records linked:1:EIO")
    with pytest.raises(EnvironmentProblem, match=os.strerror(errno.EIO)):
        offer(store, task)
    monkeypatch.delenv(faults.VARIABLE)
    record = store.record("train", task.id)
    assert all(store.fetch(record, role) for role in record.objects)
    assert offer(store, task) == record


def test_nothing_happens_at_a_step_when_no_fault_is_asked_for(monkeypatch):
    monkeypatch.delenv(faults.VARIABLE, raising=False)
    for step in faults.STEPS:
        faults.at(step)
