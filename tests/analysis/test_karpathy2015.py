"""Linear classifiers of two weight decays, and a class for nothing over two rounds: what is counted where."""

import pytest

from analysis.answers import answer
from tests.analysis.made import clean, craft, crafted, model, noise, prediction, tables

NOTHING = 2  # the class after the labels 0 and 1
NETWORKS = {
    (name, seed): model(f"{name} seed {seed}", 2 * place + seed, seed=seed, epoch=epoch, trained_as=f"{as_} {seed}")
    for place, (name, epoch, as_) in enumerate(
        [("decay 0", 4, "weak"), ("decay 0.1", 4, "strong"), ("background", 4, "b"), ("background epoch 2", 2, "b")]
    )
    for seed in range(2)
}
ROUNDS = ("background epoch 2", "background")


@pytest.fixture(scope="module")
def connection():
    first = clean()
    crafts, sizes, shown = [first], [crafted(first, image, image) for image in range(2)], []
    for place, ((name, seed), one) in enumerate(NETWORKS.items()):
        on = craft(one, attack="lbfgs", budget="as crafted", order=10 + place)
        large = craft(one, attack="lbfgs", budget="rms 0.1", order=20 + place)
        beside = noise(large, one, order=30 + place)
        fooling = craft(one, attack="fooling", order=40 + place)
        crafts += [on, large, beside, fooling]
        size = {"decay 0": 0.1, "decay 0.1": 0.2 + seed / 10}.get(name, 0.3)
        sizes += [crafted(on, 0, 0, goal=1, rms=size, is_found=True), crafted(on, 1, 1, goal=0, rms=9.0)]
        sizes += [crafted(fooling, image, image, goal=1 - image) for image in range(2)]
        for (other, seed_of_other), target in NETWORKS.items():
            is_own = target is one
            passes = int(is_own or (name == "decay 0.1" and seed_of_other == 1))
            shown += [prediction(large, target, 0, 0, passes), prediction(large, target, 1, 1, 1)]
            shown += [prediction(beside, target, image, image, image) for image in range(2)]
            # Round 2 knows what was made one round before, and is fooled as before by what is made on itself.
            is_known = (name, other) == ROUNDS and seed == seed_of_other
            says = NOTHING if is_known else 1 if is_own else 0
            shown += [prediction(fooling, target, 0, 0, says), prediction(fooling, target, 1, 1, NOTHING)]
    for (name, seed), one in NETWORKS.items():
        says = NOTHING if (name, seed) == ("background", 1) else 0
        shown += [prediction(first, one, 0, 0, says), prediction(first, one, 1, 1, 1)]
    probes, measured, trained = [], [], []
    for place, ((name, seed), one) in enumerate(NETWORKS.items()):
        asked = {"probe": one["name"], "name": "smooth", "function": "template_smoothness", "model": one["name"]}
        probes.append({**asked, "part": "test", "position": place})
        row = {"probe": one["name"], "model": "", "other": None, "craft": None, "image": None, "layer": None}
        values = (("roughness", 0, 0.2), ("roughness", 1, 0.4 if name == "decay 0" else 0.2), ("size", 0, 5.0))
        measured += [{**row, "unit": unit, "name": word, "value": value} for word, unit, value in values]
        right = {"decay 0": 92, "decay 0.1": 88 - seed}.get(name, 90)
        seen = {"model": one["model"], "epoch": one["epoch"], "images": 100, "loss": 1.0, "queries": None}
        trained.append({**seen, "part": "test", "right": right})
    rows = {"models": NETWORKS.values(), "crafts": crafts, "predictions": shown, "crafted": sizes}
    return tables(**rows, probes=probes, measured=measured, trained=trained)


@pytest.fixture(scope="module")
def means(connection):
    rows = answer(connection, "karpathy2015_means").entries
    found = {(row["network"], row["quantity"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_weight_decay_is_seen_in_templates_errors_and_distortions_of_what_was_found(means):
    assert means["decay 0", "roughness"]["ours"] == pytest.approx(0.3)  # the mean over classes
    assert means["decay 0.1", "error"]["ours"] == pytest.approx(12.5)
    assert means["decay 0.1", "error"]["low"] < 12 < means["decay 0.1", "error"]["high"]
    assert means["decay 0.1", "distortion"]["ours"] == pytest.approx(0.25)
    assert means["decay 0.1", "found"]["ours"] == 50
    assert means["background epoch 2", "distortion"]["epoch"] == 2


def test_transfer_is_between_other_decays_and_other_seeds_without_the_networks_that_know_nothing(means):
    assert means["decay 0", "own"]["ours"] == 50 and means["decay 0", "noise"]["ours"] == 0
    assert means["decay 0.1", "out"]["ours"] == 25 and means["decay 0.1", "in"]["ours"] == 0  # shown to seed 1 alone
    assert means["decay 0", "in"]["ours"] == 25 and means["decay 0", "out"]["ours"] == 0
    assert not {("background", "own"), ("background", "out")} & means.keys()


def test_what_was_made_one_round_before_is_told_from_what_is_made_now(means):
    assert means["background", "known_caught"]["ours"] == 100 and means["background", "known_fooled"]["ours"] == 0
    for name in ROUNDS:
        assert means[name, "fresh_caught"]["ours"] == means[name, "fresh_fooled"]["ours"] == 50
    assert ("background epoch 2", "known_caught") not in means and ("decay 0", "fresh_caught") not in means
    refused = means["background", "refused"]
    assert (refused["ours"], refused["seeds"]) == (25, 2)
    assert means["background epoch 2", "refused"]["ours"] == 0


def test_claims_are_the_strongest_minus_the_weakest_and_the_last_minus_the_first(connection):
    found = {(row["comparison"], row["quantity"]): row for row in answer(connection, "karpathy2015_claims").entries}
    error = found["decay", "error"]
    assert (error["first"], error["last"], error["ours"]) == (0, 0.1, pytest.approx(4.5))
    assert found["decay", "roughness"]["ours"] == pytest.approx(-0.1)
    assert found["rounds", "refused"]["ours"] == 25 and found["rounds", "fresh_caught"]["ours"] == 0
    assert ("rounds", "known_caught") not in found  # of two rounds one has it
