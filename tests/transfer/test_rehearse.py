"""A rehearsal finds, before anything is trained, what would fail after hours."""

import pytest

from tests.studies import planned, write
from transfer.rehearse import Rehearsal, rehearse
from transfer.store import Store
from transfer.study import read

TEXT = """
title: Mine
data: mnist
models:
  good: {architecture: linear}
  mine: {architecture: "own_code:net"}
every_model: {recipe: {name: adam, epochs: 1}}
attacks:
  fgsm: {epsilon: 0.1}
  push: {attack: "own_code:push", epsilon: 0.1}
controls: [noise]
images: {test: 100}
"""
CODE = '''
from torch import nn


def net(shape, classes):
    """A net of one's own."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, CLASSES))


def push(model, images, labels, *, epsilon: float):
    """Adds epsilon."""
    return images + PUSH
'''


@pytest.fixture
def lines(tmp_path):
    def run(classes="classes", push="0"):
        (tmp_path / "own_code.py").write_text(CODE.replace("CLASSES", classes).replace("PUSH", push))
        study = read(write(tmp_path, TEXT))
        store = Store.open(tmp_path / "scratch")
        for module in study.modules.values():
            store.keep(module)
        asked = planned(study)
        names = {row["model"]: row["name"] for row in asked.document["models"]}
        return list(rehearse(asked, Rehearsal(store), names)), store

    return run


def test_a_sound_study_has_no_problem_and_nothing_is_written(lines):
    found, store = lines()
    assert [line.problem for line in found if line.problem] == []
    assert [line.what for line in found][:2] == [
        "model good: linear, 7,850 weights",
        "model mine: own_code:net, 7,850 weights",
    ]
    assert store.records() == []


def test_a_network_of_the_wrong_size_is_told_and_attacked_no_further(lines):
    found, _ = lines(classes="7")
    (problem,) = [line for line in found if line.problem]
    assert problem.what == "model mine: own_code:net" and "(8, 7)" in problem.problem and "(8, 10)" in problem.problem
    assert not any("own_code:net" in line.what for line in found if not line.problem)


def test_an_attack_that_leaves_the_box_or_the_ball_is_told_with_the_numbers(lines):
    assert any("left [0, 1]" in (line.problem or "") for line in lines(push="5")[0])
    found, _ = lines(push="0 + (images < 0.5) * 0.3")
    problems = [line for line in found if line.problem]
    assert problems and all("left the linf ball in 8 of 8 images" in line.problem for line in problems)


def test_a_recipe_that_cannot_train_its_network_is_told(tmp_path):
    text = TEXT.replace('"own_code:net"', "mlp").replace("{name: adam, epochs: 1}", "{name: sgd, weight_decay: [1e-3]}")
    study = read(write(tmp_path, text.partition("  push")[0] + "images: {test: 100}\n"))
    store = Store.open(tmp_path / "scratch")
    asked = planned(study)
    names = {row["model"]: row["name"] for row in asked.document["models"]}
    told = {line.what: line.problem for line in rehearse(asked, Rehearsal(store), names)}
    assert told["recipe sgd of good"] is None
    assert "weight_decay has 1 numbers, the network 3 layers" in told["recipe sgd of mine"]
    assert store.records() == []
