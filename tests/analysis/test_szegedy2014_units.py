"""Units beside directions over seeds: whose entropy is subtracted, and what is averaged."""

import pytest

from analysis.answers import answer
from tests.analysis.made import model, tables

NETWORKS = [
    model("relu seed 0", 0, seed=0, epoch=6),
    model("relu seed 1", 1, seed=1, epoch=6),
    model("relu seed 0 epoch 0", 2, seed=0, epoch=0),
]
# The entropy of the labels of the top 8 images by layer: of units, of directions.
SEEN = {
    "relu seed 0": {"1": (1.0, 1.5), "3": (0.5, 0.5)},
    "relu seed 1": {"1": (1.0, 1.25), "3": (0.5, 0.25)},
    "relu seed 0 epoch 0": {"1": (2.0, 2.0)},
}


@pytest.fixture(scope="module")
def found():
    probes, measured = [], []
    for place, (name, layers) in enumerate(SEEN.items()):
        asked = {"probe": name, "name": "coherence", "function": "unit_coherence", "model": name, "part": "test"}
        probes.append({**asked, "position": place})
        for layer, entropies in layers.items():
            for basis, entropy in zip(("unit", "direction"), entropies, strict=True):
                nothing = {"model": "", "other": None, "craft": None, "image": None}
                for word, value in ((f"{basis} entropy 8", entropy), (f"{basis} same 8", 5), (f"{basis} active", 99)):
                    row = {"probe": name, **nothing, "layer": layer, "unit": 0, "name": word, "value": value}
                    measured.append(row)
    rows = answer(tables(models=NETWORKS, probes=probes, measured=measured), "szegedy2014_units").entries
    return {(row["network"], row["is_trained"], row["layer"]): row for row in rows}


def test_units_are_held_against_directions_layer_by_layer_and_seed_by_seed(found):
    first = found["relu", True, "1"]
    assert (first["ours"], first["entropy"], first["others_entropy"]) == (-0.375, 1.0, 1.375)
    assert first["seeds"] == 2 and first["low"] < -0.375 < first["high"]
    assert found["relu", True, "3"]["ours"] == 0.125


def test_all_layers_together_weigh_alike_and_untrained_networks_stand_apart(found):
    assert found["relu", True, "all"]["ours"] == pytest.approx((-0.375 + 0.125) / 2)
    assert found["relu", False, "all"]["ours"] == 0 and found["relu", False, "all"]["low"] is None
