"""What ran out of memory is tried once more with a node to itself, in simulated time."""

from copy import deepcopy

import pytest

from jobs.policy import Cause
from jobs.solitude import Solitude
from tests.jobs.steps import CraftStep, TrainStep
from tests.jobs.test_controller import Notes, run
from transfer.store import Store


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "results")


def at_work(executor, name, ended=lambda began: began + 10):
    """The spans of a task's attempts, and those of everything else, each with its node."""
    spans = [(began, ended(began), executor.nodes[worker], task) for began, worker, task in executor.began]
    return [span for span in spans if span[3] == name], [span for span in spans if span[3] != name]


@pytest.mark.parametrize("cause", [Cause.MEMORY, Cause.OUT_OF_MEMORY])
def test_the_second_attempt_has_its_node_to_itself_and_other_nodes_go_on(store, cause):
    tasks = [TrainStep(name="large", seconds=10), *(TrainStep(name=f"small {n}", seconds=10) for n in range(30))]
    notes = Notes()
    summary, executor, _ = run(
        tasks,
        store,
        workers=6,
        fault=lambda task, attempt: cause if task.name == "large" and attempt == 1 else None,
        notes=notes,
    )
    (_, (began, ended, node, _)), others = at_work(executor, "large")
    beside = [span for span in others if span[2] == node and span[0] < ended and span[1] > began]
    elsewhere = [span for span in others if span[2] != node and span[0] < ended and span[1] > began]
    assert beside == []
    assert len(elsewhere) >= 4
    assert notes.retries == [("large", cause)]
    assert summary.done == 31


def test_a_node_that_was_kept_for_a_task_is_open_to_all_when_it_has_ended(store):
    tasks = [TrainStep(name="large", seconds=10), *(TrainStep(name=f"small {n}", seconds=10) for n in range(30))]
    summary, executor, _ = run(
        tasks,
        store,
        workers=2,
        fault=lambda task, attempt: Cause.MEMORY if task.name == "large" else None,
    )
    assert summary.done == 30
    assert list(summary.reasons.values()) == [
        "was stopped twice since memory ran out; set a smaller `batch` or fewer --workers (killed by signal 9)"
    ]
    assert {node for _, _, node, _ in at_work(executor, "large")[0]} == {"node 0"}


def test_two_that_want_solitude_on_one_node_take_turns_and_none_is_starved(store):
    tasks = [CraftStep(name=f"large {n}", seconds=10) for n in range(2)] + [TrainStep(name="small", seconds=10)]
    summary, executor, _ = run(
        tasks, store, fault=lambda task, attempt: Cause.MEMORY if "large" in task.name and attempt == 1 else None
    )
    assert summary.done == 3
    (_, first), (_, second) = (
        sorted(began for began, _, task in executor.began if task == f"large {n}") for n in range(2)
    )
    assert abs(first - second) >= 10


def test_a_node_that_goes_away_before_it_was_free_is_kept_no_longer():
    alone, task = Solitude(), TrainStep(name="large")
    alone.add(task)
    assert list(alone.due({"a": 1, "b": 2})) == []
    assert alone.is_kept("a")
    assert list(alone.due({"b": 0})) == [("b", task)]
    assert not alone.is_kept("a")
    alone.over(TrainStep(name="large"))  # what comes back from a worker is a copy
    assert not alone.is_kept("b")


def test_a_task_that_comes_back_from_its_process_is_another_object_and_frees_its_node_all_the_same():
    alone, task = Solitude(), TrainStep(name="large")
    alone.add(task)
    assert list(alone.due({"a": 0})) == [("a", task)]
    alone.over(deepcopy(task))
    assert not alone.is_kept("a")
    assert list(alone.due({"a": 0})) == []
