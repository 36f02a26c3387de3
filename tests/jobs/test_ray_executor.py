import os
import time
from collections import Counter

import pytest

from jobs.board import Board
from jobs.controller import Controller
from jobs.ray_executor import RayExecutor
from jobs.serial import SerialExecutor
from tests.jobs.steps import CraftStep, TrainStep, digests, study
from tests.jobs.test_controller import Never, Notes
from transfer.errors import EnvironmentProblem
from transfer.store import Store

PERFORM = "tests.jobs.steps:perform"


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "results")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """What a serial run writes."""
    store = Store.open(tmp_path_factory.mktemp("serial") / "results")
    run(study(), store, SerialExecutor(store, PERFORM), workers=1)
    return digests(store)


def is_gone(process, within):
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.2)
    return False


def run(tasks, store, executor, workers=2, notes=None, **more):
    board = Board(tasks, {record.task for record in store.records()})
    try:
        return Controller(board, store, executor, notes or Notes(), Never(), workers=workers, **more).run()
    finally:
        for worker in list(getattr(executor, "_actors", ())):
            executor.dismiss(worker)


def test_two_actors_write_what_one_process_writes(slots, store, undisturbed):
    tasks = study()
    for number in (0, 1):
        object.__setattr__(tasks[number], "does", "meet")
    summary = run(tasks, store, RayExecutor(store.location, slots, PERFORM))
    assert digests(store) == undisturbed
    assert summary.done == len(undisturbed)
    workers = {record.pid for record in store.records()}
    assert len(workers) == 2
    assert os.getpid() not in workers


def test_one_actor_writes_what_two_write(slots, store, undisturbed):
    run(study(), store, RayExecutor(store.location, slots, PERFORM), workers=1)
    assert digests(store) == undisturbed
    assert len({record.pid for record in store.records()}) == 1


def test_a_killed_actor_is_replaced_and_nothing_is_lost_or_done_twice(slots, store, undisturbed):
    tasks = study()
    for number in (0, 4):
        object.__setattr__(tasks[number], "does", "die-once")
    notes = Notes()
    run(tasks, store, RayExecutor(store.location, slots, PERFORM), notes=notes)
    # That the faults struck: each left its process id before it was killed.
    struck = {path.name: int(path.read_text()) for path in store.location.glob("* died")}
    assert set(struck) == {"train 0 died", "craft on train 1 died"}
    assert digests(store) == undisturbed
    assert Counter(name for name, _ in notes.retries) == {"train 0": 1, "craft on train 1": 1}
    assert len(set(struck.values())) == 2
    assert {failure["message"].split(" died")[0] for failure in store.failures()} == {
        f"process {pid}" for pid in struck.values()
    }


def test_a_task_that_kills_every_actor_is_given_up_and_the_rest_is_done(slots, store):
    poison, good = TrainStep(name="poison", does="die"), TrainStep(name="good")
    behind = CraftStep(name="craft", after=(poison,))
    notes = Notes()
    summary = run([poison, good, behind], store, RayExecutor(store.location, slots, PERFORM), notes=notes)
    assert summary.done == 1
    assert notes.failures["poison"].startswith("ended its process three times")
    assert summary.blocked_by == {behind.id: poison.id}


def test_an_exception_keeps_its_traceback_and_its_actor(slots, store):
    tasks = [TrainStep(name="bad", does="raise no such layer"), *(TrainStep(name=f"good {n}") for n in range(3))]
    summary = run(tasks, store, RayExecutor(store.location, slots, PERFORM), workers=1)
    assert summary.reasons == {tasks[0].id: "ValueError: no such layer"}
    (failure,) = store.failures()
    assert "in misbehave" in failure["traceback"]
    assert {failure["pid"]} == {record.pid for record in store.records()}


@pytest.mark.long
def test_a_frozen_actor_is_ended_at_its_deadline_and_its_task_is_done_by_another(slots, store):
    task = TrainStep(name="frozen", does="freeze-once")
    notes = Notes()
    run([task], store, RayExecutor(store.location, slots, PERFORM), deadline=1, notes=notes)
    frozen = int((store.location / "frozen froze").read_text())
    assert [cause for _, cause in notes.retries] == ["deadline"]
    (record,) = store.records()
    assert record.pid != frozen
    assert is_gone(frozen, within=15)


def test_actors_that_cannot_start_end_the_study_with_the_cause(slots, store):
    executor = RayExecutor(store.location, slots, "tests.jobs.no_such_module:perform")
    with pytest.raises(EnvironmentProblem, match=r"U095.*ModuleNotFoundError.*no_such_module"):
        run([TrainStep(name="one")], store, executor)


def test_a_node_with_other_versions_ends_the_study_before_it_does_anything(slots, store):
    executor = RayExecutor(store.location, slots, PERFORM)
    executor._versions = {**executor._versions, "torch": "2.13.0"}
    with pytest.raises(EnvironmentProblem, match=r"U092.*runs torch \S+, here 2.13.0: results would not be comparable"):
        run([TrainStep(name="one")], store, executor)
    assert store.records() == []
