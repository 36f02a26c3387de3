"""Noise around images: which count, and how sure a share of many answers around few images is."""

import pytest

from analysis.answers import answer
from analysis.statistics import wilson
from tests.analysis.made import craft, crafted, model, tables

NETWORKS = [
    model(f"{name} seed {seed}", 2 * place + seed, seed=seed)
    for place, name in enumerate(("logistic", "convolutional"))
    for seed in range(2)
]
SAMPLES = 10


@pytest.fixture(scope="module")
def connection():
    """Three images: one fooled, one right all the same, one wrong when clean. Around each, answers out of ten."""
    crafts, made, probes, measured = [], [], [], []
    for place, one in enumerate(NETWORKS):
        on = craft(one, attack="lbfgs", budget="as crafted", order=place)
        crafts.append(on)
        made += [crafted(on, 0, rms=0.1 + place / 100, surrogate_crafted=1, is_found=True)]
        made += [crafted(on, 1, rms=0.5, surrogate_crafted=0), crafted(on, 2, surrogate_clean=1, surrogate_crafted=1)]
        asked = {"probe": one["name"], "name": "noise", "function": "neighbourhood", "model": one["name"]}
        probes.append({**asked, "craft": on["craft"], "attack": "lbfgs", "budget": "as crafted", "position": place})
        nothing = {"probe": one["name"], "model": "", "other": None, "craft": on["craft"], "layer": None, "unit": None}
        measured.append({**nothing, "image": None, "name": "samples", "value": SAMPLES})
        for image in range(3):
            for word, value in (
                ("crafted gaussian 1 adversarial", 2 * place),
                ("crafted gaussian 1 original", 1),
                ("clean gaussian 1 original", 10),
                ("crafted gaussian 0.5 adversarial", 5),
                ("crafted histogram adversarial", 4),
                ("deviation", 0.1),
            ):
                measured.append({**nothing, "image": image, "name": word, "value": value})
    return tables(models=NETWORKS, crafts=crafts, crafted=made, probes=probes, measured=measured)


def test_answers_are_counted_around_images_that_the_attack_made_wrong(connection):
    rows = answer(connection, "tabacof2016_noise").entries
    found = {(row["network"], row["place"], row["noise"], row["answer"]): row for row in rows}
    assert len(found) == len(rows) == 2 * 5
    one = found["logistic", "crafted", "gaussian 1", "adversarial"]
    assert (one["k"], one["n"], one["pairs"], one["seeds"], one["rate"]) == (2, 20, 20, 2, 10)
    assert one["low"] == pytest.approx(100 * wilson(0.1, 1).low)  # of one image, however often it is asked
    assert found["logistic", "crafted", "histogram", "adversarial"]["multiplier"] is None
    assert found["logistic", "crafted", "gaussian 0.5", "adversarial"]["multiplier"] == 0.5


def test_a_linear_network_is_held_against_a_convolutional_one_seed_by_seed(connection):
    found = {(row["network"], row["claim"]): row for row in answer(connection, "tabacof2016_claims").entries}
    assert found["logistic", "region"]["ours"] == (0 + 20) / 2
    assert found["convolutional", "region"]["ours"] == (40 + 60) / 2
    difference = found["logistic minus convolutional", "region"]
    assert (difference["ours"], difference["seeds"]) == (-40, 2)
    assert difference["low"] == difference["high"] == -40  # the same in both seeds
    assert found["logistic minus convolutional", "rms"]["ours"] == pytest.approx(-0.02)
    assert found["logistic", "kept"]["ours"] == 100 and found["logistic", "back"]["ours"] == 10
