"""One training, several models: what a network was on its way is kept, attacked and shown like any other."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file

from tests.studies import done, planned, write
from transfer import datasets
from transfer.errors import DamagedResults
from transfer.plan import plan
from transfer.shelf import Shelf
from transfer.stages import perform
from transfer.store import Store
from transfer.study import read

STUDY = """
data: mnist
splits: {A: 300}
models:
  mlp: {recipe: {name: sgd, epochs: 3}, also_at_epochs: [0, 2]}
  nothing:
    recipe: {name: background_class, rounds: 2, epochs: 2, fooling: 100}
    also_at_epochs: 1
  robust: {recipe: {name: adversarial, epochs: 1, attack: {name: fgsm, epsilon: 0.1}}}
every_model: {architecture: {name: mlp, hidden: [8]}, recipe: {batch: 50}, split: A}
attacks: {fgsm: {epsilon: 0.1}}
images: {test: 30}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("time")
    study, store = read(write(folder, STUDY)), Store.open(folder / "results")
    done(study, store)
    networks = dict(zip((one.name for one in study.networks), networks_of(study), strict=True))
    return study, store, networks


def networks_of(study):
    asked = plan(study, datasets.facts(study.data))
    named = {train.id: train for train in asked.trains}
    return [named[row["model"]] for row in asked.document["models"]]


def weights_of(store, task):
    held = load_file(store.fetch(store.record("train", task.id), "weights"))
    return {name: tensor for name, tensor in held.items() if not name.startswith("epoch ")}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_points_of_a_training_are_its_states_at_those_epochs(run):
    _, store, networks = run
    start, later, end = (networks[name] for name in ("mlp epoch 0", "mlp epoch 2", "mlp"))
    assert start.training == later.training == end and set(start.needs()) == {end}
    assert same(weights_of(store, start), Shelf(store).untrained(end).state_dict())
    held = load_file(store.fetch(store.record("train", end.id), "weights"))
    assert all(torch.equal(held[f"epoch 2 {name}"], tensor) for name, tensor in weights_of(store, later).items())
    assert len({weights_of(store, one)["1.weight"].sum().item() for one in (start, later, end)}) == 3


def test_a_training_that_is_looked_at_on_its_way_leads_to_the_same_network(run, tmp_path):
    _, store, networks = run
    alone = replace(networks["mlp"], epochs=())
    other = Store.open(tmp_path / "other")
    perform(alone, other)
    assert alone.id != networks["mlp"].id
    assert same(weights_of(other, alone), weights_of(store, networks["mlp"]))


def test_rows_and_names_tell_the_epoch(run):
    _, store, networks = run
    epochs = {"mlp epoch 0": 0, "mlp epoch 2": 2, "mlp": 3, "nothing epoch 1": 1, "nothing": 2, "robust": 1}
    for name, epoch in epochs.items():
        rows = pq.read_table(store.fetch(store.record("train", networks[name].id), "trained")).to_pylist()
        assert {(row["model"], row["epoch"]) for row in rows} == {(networks[name].id, epoch)}
        assert {row["part"] for row in rows} == {"train", "rest", "test"}
    models = store.study()["models"]
    assert [(row["name"], row["trained_as"], row["epoch"]) for row in models] == [
        (name, name.partition(" epoch")[0], epoch) for name, epoch in epochs.items()
    ]


def test_a_point_of_a_training_reads_what_its_training_committed(run):
    _, store, networks = run
    point = networks["mlp epoch 2"]
    record = store.record("train", point.id)
    training = store.record("train", point.training.id)
    assert record.inputs == {training.task: training.objects["weights"]["sha256"]}
    with pytest.raises(DamagedResults, match="is needed and has no record"):
        perform(replace(point, training=replace(point.training, seed=5)), store)


def test_each_training_comes_before_its_points_in_a_plan(run):
    study, _, _ = run
    seen = set()
    for task in planned(study).tasks:
        assert set(task.needs()) <= seen
        seen.add(task)


def test_a_background_class_is_an_answer_more_that_can_be_loaded_attacked_and_shown(run):
    study, store, networks = run
    model, _ = Shelf(store).model(networks["nothing"])
    assert model(torch.rand(2, 1, 28, 28)).shape == (2, 11)
    # Toward the least likely class of the data, whatever is thought of the background.
    task = next(one.task for one in planned(study).crafts if one.surrogate == "nothing")
    perform(replace(task, toward="least_likely"), store)
    record = store.record("craft", replace(task, toward="least_likely").id)
    assert max(pq.read_table(store.fetch(record, "crafted"))["goal"].to_pylist()) < 10


def test_the_attack_of_adversarial_training_is_part_of_its_record(run):
    _, store, networks = run
    spec = store.record("train", networks["robust"].id).spec["recipe"]["settings"]["attack"]
    assert spec == {"name": "fgsm", "settings": {"epsilon": 0.1, "loss": "cross_entropy"}, "revision": 1}


def test_a_recipe_that_tells_of_no_epoch_fails_with_which(run, monkeypatch):
    _, store, networks = run
    from transfer.recipes import sgd as module

    def silent(module, images, labels, *, draws, trace=None, **settings):
        return module

    monkeypatch.setattr(module, "sgd", silent)
    with pytest.raises(ValueError, match="the recipe told of no epoch 2"):
        perform(replace(networks["mlp"], seed=9), store)
