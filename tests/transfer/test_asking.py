"""A black box and its substitute, from a study to the rows."""

import pyarrow.parquet as pq
import pytest

from tests.studies import finished, planned, write
from transfer.rehearse import Rehearsal, rehearse
from transfer.store import Store
from transfer.study import read

TEXT = """
title: Stolen
data: mnist
splits: {A: 400, B: 400}
models:
  stolen: {architecture: linear, recipe: {name: substitute, target: oracle, asked: 30, rounds: 2, epochs: 9}, split: B}
  oracle: {architecture: knn, recipe: fit, split: A, answers: labels}
attacks:
  fgsm: {epsilon: 0.2, surrogates: stolen}
images: {test: 50}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("asking"), TEXT)


def rows(store, stage, name, role):
    study = store.study()
    task = next(model["model"] for model in study["models"] if model["name"] == name) if stage == "train" else name
    return pq.read_table(store.fetch(store.record(stage, task), role)).to_pylist()


def test_what_a_substitute_asked_is_in_its_rows_and_what_it_read_in_its_record(results):
    _, store = results
    asked = {row["part"]: row["queries"] for row in rows(store, "train", "stolen", "trained")}
    assert asked == {"train": 30 * 2**2, "rest": None, "test": None}
    assert {row["queries"] for row in rows(store, "train", "oracle", "trained")} == {None}
    stolen, oracle = (
        next(one for one in store.study()["models"] if one["name"] == name) for name in ("stolen", "oracle")
    )
    inputs = store.record("train", stolen["model"]).inputs
    assert inputs == {oracle["model"]: store.record("train", oracle["model"]).objects["weights"]["sha256"]}


def test_a_black_box_is_shown_examples_and_says_no_more_than_a_class(results):
    study, store = results
    oracle = next(one["model"] for one in store.study()["models"] if one["name"] == "oracle")
    found = [row for one in planned(study).evaluates for row in rows(store, "evaluate", one.id, "predictions")]
    found = [row for row in found if row["target"] == oracle]
    assert {row["margin"] for row in found} == {-1.0, 1.0} and {row["confidence"] for row in found} == {1.0}
    assert sum(row["target_clean"] == row["label"] for row in found) > 0.6 * len(found)


def test_a_technique_that_was_fitted_elsewhere_is_a_model_like_any_other(results, tmp_path):
    _, store = results
    oracle = next(one["model"] for one in store.study()["models"] if one["name"] == "oracle")
    path = tmp_path / "knn.safetensors"
    path.write_bytes(store.fetch(store.record("train", oracle), "weights").read_bytes())
    text = """
        data: mnist
        models:
          theirs: {weights: knn.safetensors, architecture: knn}
          box: {weights: knn.safetensors, architecture: knn, answers: labels}
        attacks: {fgsm: {epsilon: 0.2, surrogates: theirs}}
        images: {test: 20}
        """
    study, store = finished(tmp_path, text)
    found = [row for one in planned(study).evaluates for row in rows(store, "evaluate", one.id, "predictions")]
    right = sum(row["target_clean"] == row["label"] for row in found)
    assert right > 0.6 * len(found) and len(found) == 2 * 2 * 20


def test_a_rehearsal_asks_the_untrained(tmp_path):
    asked = planned(read(write(tmp_path, TEXT)))
    names = {row["model"]: row["name"] for row in asked.document["models"]}
    lines = list(rehearse(asked, Rehearsal(Store.open(tmp_path / "scratch")), names))
    assert [line.what for line in lines][:2] == ["model oracle: knn, 0 weights", "model stolen: linear, 7,850 weights"]
    assert not [line.problem for line in lines if line.problem]
