"""Architecture, half and seed told apart: pairs of one drawing; pairs with all, half or none of their images."""

import pytest

from analysis.answers import answer
from analysis.shares import TERMS
from tests.analysis.made import craft, model, prediction, tables

SPLITS = ("P1", "P2", "Q1")
MODELS = [
    model(f"{name} {split} seed {seed}", order, family=name, architecture=name, split=split, seed=seed)
    for order, (name, split, seed) in enumerate((n, s, k) for n in ("mlp", "linear") for s in SPLITS for k in range(2))
]
IMAGES = 10
# Of ten images: by images in common, and four more where the architecture is the same.
FOOLED = {"all": 5, "half": 3, "none": 1}


def common(one, other):
    if one["split"] == other["split"]:
        return "all"
    return "none" if one["split"][0] == other["split"][0] else "half"


@pytest.fixture(scope="module")
def connection():
    crafts = [craft(one, order=place, attack="deepfool", budget="rms 0.1") for place, one in enumerate(MODELS)]
    shown = []
    for one, made in zip(MODELS, crafts, strict=True):
        for other in MODELS:
            fooled = FOOLED[common(one, other)] + 4 * (one["architecture"] == other["architecture"])
            if one["seed"] == other["seed"]:
                fooled = 10  # pairs of equal seed are to be left out
            shown += [prediction(made, other, image, 0, int(image < fooled)) for image in range(IMAGES)]
    return tables(models=MODELS, crafts=crafts, predictions=shown)


def test_pairs_are_told_apart_by_architecture_and_by_training_images_in_common(connection):
    rows = {(row["architecture"], row["images"]): row for row in answer(connection, "factorial_overlap").entries}
    assert len(rows) == 3 * 6
    for images, fooled in FOOLED.items():
        assert rows["other", images]["ours"] == 10 * fooled
        assert rows["same", images]["ours"] == 10 * (fooled + 4)
        assert rows["same minus other", images]["ours"] == pytest.approx(40)
    assert rows["other", "all minus half"]["ours"] == pytest.approx(20)
    assert rows["same", "all minus none"]["ours"] == pytest.approx(40)
    assert rows["same minus other", "half minus none"]["ours"] == pytest.approx(0)
    assert all(row["seeds"] == 2 for row in rows.values())


def test_shares_are_of_pairs_of_one_drawing_alone(connection):
    rows = answer(connection, "factorial_shares").entries
    of_p = [row for row in rows if row["drawing"] == "P"]
    assert [row["term"] for row in of_p] == list(TERMS)
    assert {row["pairs"] for row in of_p} == {8 * 7}
    assert {row["pairs"] for row in rows if row["drawing"] == "Q"} <= {4 * 3}
    whole = {row["pairs"] for row in answer(connection, "what_explains_transfer").entries}
    assert whole == {12 * 11}
