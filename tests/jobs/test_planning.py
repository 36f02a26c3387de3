from dataclasses import replace

import pytest

from jobs.estimate import seconds_of_batch
from jobs.planning import _short, _span, bill, listed
from jobs.request import request
from tests.jobs.steps import TrainStep

TINY = """
title: Small
data: mnist
splits: {P1: 300}
models: {linear: {architecture: linear}, mlp: {architecture: {name: mlp, hidden: [10]}}}
every_model: {recipe: {name: adam, epochs: 2}, split: P1, seed: 0}
attacks: {fgsm: {epsilon: [0.1, 0.2]}}
controls: [noise]
images: {test: 20}
"""


@pytest.fixture
def asked(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(TINY)
    return request(str(path), tmp_path / "results", writing=False)


def test_nothing_is_written_to_plan_a_study(asked, tmp_path):
    assert asked.store is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.yaml"]


def test_each_task_is_listed_with_its_id(asked):
    lines = list(listed(asked))
    assert len(lines) == len(asked.plan.tasks)
    assert lines[0].split() == [asked.plan.tasks[0].id[:12], "left", "train", "linear"]


def test_the_bill_counts_every_task_and_the_gradients_that_were_measured(asked):
    lines = list(bill(asked, workers=2))
    rows = {line.split()[0]: line.split()[1:4] + line.split()[4:5] for line in lines if line[:1].isalpha()}
    assert lines[0] == "small: 2 models, 9 crafts, 18 squares, 0 of them done"
    assert rows["train"][:2] == ["0", "2"]
    assert rows["craft"][:2] == ["0", "9"]
    assert rows["train"][3] == "1.2k"  # gradients: 2 models, 300 images, 2 epochs
    assert rows["craft"][3] == "80"  # 2 models, 2 budgets, 20 images, one step
    assert lines[-1].startswith("\nAbout ")


def test_a_finished_study_costs_nothing(asked):
    everything = frozenset(task.id for task in asked.plan.tasks)
    assert list(bill(replace(asked, committed=everything), None))[-1] == "Everything is done."


def test_the_time_is_never_less_than_the_longest_task_takes():
    from jobs.estimate import Cost

    costs = {TrainStep(name=str(seconds)): Cost(seconds=seconds) for seconds in (100.0, 1.0, 1.0)}
    assert _span(costs, workers=8) == _span(costs, workers=64) == 110


@pytest.mark.parametrize(
    "value,text",
    [(0, "0"), (950, "950"), (999.6, "1.0k"), (1200, "1.2k"), (42_000, "42k"), (3.8e9, "3.8G"), (2e18, "2000P")],
)
def test_large_numbers_are_short(value, text):
    assert _short(value) == text


def test_a_batch_costs_what_lies_on_the_line_through_two_smaller_ones():
    assert seconds_of_batch([(4, 1.0), (16, 1.6)], 100) == pytest.approx(1.6 + 84 * 0.05)
    assert seconds_of_batch([(16, 0.8)], 16) == 0.8
    assert seconds_of_batch([(16, 0.8)], 32) == pytest.approx(1.6)
    assert seconds_of_batch([(4, 2.0), (16, 1.9)], 100) == pytest.approx(1.9)  # noise, no gain by more images
