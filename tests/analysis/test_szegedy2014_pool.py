"""Pools of adversarial examples: test errors beside the paper's, and differences seed by seed."""

import pytest

from analysis.answers import answer
from tests.analysis.made import craft, crafted, model, tables

ARMS = ("weight decay", "pool of layers")
MODELS = [
    model(f"{arm} seed {seed}", 2 * place + seed, seed=seed) for place, arm in enumerate(ARMS) for seed in range(2)
]


def test_errors_stand_beside_the_papers_and_are_compared_seed_by_seed():
    seen = {"images": 1000, "loss": 0.0, "queries": None}
    trained = [
        {"model": one["model"], "epoch": epoch, "part": part, "right": 900 + 10 * epoch + place + extra, **seen}
        for place, one in enumerate(MODELS)
        for part, extra in (("test", 0), ("train", 5))
        for epoch in (1, 2)
    ]
    on = craft(MODELS[2], attack="deepfool", budget="as crafted")
    sizes = [crafted(on, image, rms=0.02 * image) for image in range(3)]
    connection = tables(models=MODELS, crafts=[on], crafted=sizes, trained=trained)
    rows = {(row["arm"], row["measure"]): row for row in answer(connection, "szegedy2014_pool_errors").entries}
    error = rows["weight decay", "test error"]
    assert (error["published"], error["ours"], error["seeds"]) == (1.6, pytest.approx(7.95), 2)
    assert rows["pool of layers", "test error"]["published"] == 1.2
    assert rows["pool of layers", "train error"]["published"] is None
    difference = rows["pool of layers", "minus weight decay"]
    assert (difference["ours"], difference["low"], difference["high"]) == pytest.approx((-0.2, -0.2, -0.2))
    assert rows["pool of layers", "rms"]["ours"] == pytest.approx(0.02)
    assert len(rows) == 2 * 3 + 1


def test_a_study_of_other_ways_of_training_is_no_study_of_pools():
    seen = {"images": 1000, "loss": 0.0, "queries": None, "epoch": 1, "part": "test", "right": 900}
    other = model("lenet")
    connection = tables(models=[other], trained=[{"model": other["model"], **seen}])
    assert not answer(connection, "szegedy2014_pool_errors").entries
