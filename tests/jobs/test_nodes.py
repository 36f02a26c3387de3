"""Nodes that are taken away, with and without a warning, in simulated time."""

from collections import Counter

import pytest

from tests.jobs.steps import TrainStep, digests, study
from tests.jobs.test_controller import Notes, run
from transfer.store import Store


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "results")


def trainings(count, seconds=10):
    return [TrainStep(name=f"train {number}", seconds=seconds) for number in range(count)]


def test_what_was_at_work_on_a_lost_node_is_done_elsewhere_and_costs_no_attempt_of_its_budget(store):
    notes = Notes()
    lost = {f"node {number}": 15.0 + 20 * number for number in range(10)}
    summary, executor, _ = run(trainings(40), store, workers=4, lost=lost, notes=notes)
    assert summary.done == 40
    assert summary.reasons == {}
    assert {cause for _, cause in notes.retries} == {"preempted"}
    assert len(notes.retries) >= 8
    again = Counter(task for _, _, task in executor.began)
    assert {name for name, times in again.items() if times > 1} == {name for name, _ in notes.retries}


@pytest.mark.parametrize("seconds,count", [(10, 20), (0.5, 100)])
def test_a_node_that_is_about_to_go_is_given_nothing_more(store, seconds, count):
    notes = Notes()
    tasks = trainings(count, seconds)
    summary, executor, _ = run(tasks, store, workers=4, lost={"node 0": 20.0}, warned=13.0, notes=notes)
    late = [began for began, worker, _ in executor.began if executor.nodes[worker] == "node 0" and began > 8]
    assert late == []
    assert notes.retries == []  # what was at work there has ended in time
    assert summary.done == count


def test_a_task_that_does_not_end_before_its_node_goes_is_done_elsewhere(store):
    notes = Notes()
    run(trainings(4, seconds=100), store, workers=2, lost={"node 0": 40.0}, warned=10.0, notes=notes)
    assert Counter(cause for _, cause in notes.retries) == {"preempted": 2}
    assert len(digests(store)) == 4


def test_workers_lost_with_their_node_before_they_came_up_are_no_sign_of_a_broken_constructor(store):
    lost = {f"node {number}": 1.0 + number for number in range(6)}
    summary, _, _ = run(study(), store, workers=2, start=2.0, lost=lost)
    assert summary.done == 9
