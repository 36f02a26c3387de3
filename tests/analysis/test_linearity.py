"""Lines through images: what straight lines explain, seed by seed."""

import pytest

from analysis.answers import answer
from tests.analysis.made import model, tables

NETWORKS = [
    model("relu seed 0", 0, seed=0, epoch=6, trained_as="relu seed 0"),
    model("relu seed 1", 1, seed=1, epoch=6, trained_as="relu seed 1"),
    model("relu seed 0 epoch 0", 2, seed=0, epoch=0, trained_as="relu seed 0"),
]
# variance, residual, pieces, intervals, first wrong place of two images: the second was wrong where it is
SEEN = {
    "relu seed 0": [(10.0, 1.0, 3, 2, 0.1), (30.0, 3.0, 5, 1, 0.0)],
    "relu seed 1": [(10.0, 2.0, 3, 1, 0.1), (10.0, 2.0, 5, 1, -1e-17)],
    "relu seed 0 epoch 0": [(1.0, 0.5, 1, 0, None), (1.0, 0.5, 1, 1, 0.0)],
}
NAMES = ("variance", "residual", "pieces", "intervals", "first")


@pytest.fixture(scope="module")
def found():
    probes, measured = [], []
    for place, (name, images) in enumerate(SEEN.items()):
        probes.append({"probe": name, "name": "scan", "function": "line_scan", "model": name, "position": place})
        measured += [row(name, None, "at", value) for value in (-0.25, 0.0, 0.25)]
        for image, values in enumerate(images):
            measured += [
                row(name, image, f"sign {word}", value)
                for word, value in zip(NAMES, values, strict=True)
                if value is not None
            ]
    rows = answer(tables(models=NETWORKS, probes=probes, measured=measured), "linearity_lines").entries
    return {(row["network"], row["is_trained"], row["line"], row["measure"]): row for row in rows}


def row(probe, image, name, value):
    nothing = {"model": "", "other": None, "craft": None, "layer": None, "unit": None}
    return {"probe": probe, **nothing, "image": image, "name": name, "value": value}


def test_the_share_explained_is_of_all_images_together_and_its_mean_over_seeds(found):
    one = found["relu", True, "sign", "explained"]
    assert one["ours"] == pytest.approx((90 + 80) / 2) and one["seeds"] == 2 and one["reach"] == 0.25
    assert found["relu", False, "sign", "explained"]["ours"] == pytest.approx(50)
    assert found["relu", True, "sign", "pieces"]["ours"] == 4


def test_only_images_that_become_wrong_can_be_wrong_in_several_stretches(found):
    assert found["relu", True, "sign", "broken"]["ours"] == (100 + 0) / 2
    assert found["relu", False, "sign", "broken"]["ours"] is None
