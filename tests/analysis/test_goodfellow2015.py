"""FGSM between maxout, softmax and radial networks: which pairs count, by whose seed, and what the paper printed."""

import pytest

from analysis.answers import answer
from analysis.statistics import wilson
from tests.analysis.made import clean, craft, model, noise, prediction, tables

KINDS = ("maxout", "adversarially trained", "softmax", "rbf")
NETWORKS = {
    (name, seed): model(f"{name} seed {seed}", 2 * place + seed, seed=seed)
    for place, name in enumerate(KINDS)
    for seed in range(2)
}
IMAGES = 4


def shown(on, target, said, made=(1, 1, 1, 0), **changed):
    """What a target says to four images of class 0, of which the craft's own network puts three into class 1."""
    for image in range(IMAGES):
        own = {"surrogate_crafted": made[image]} if on["surrogates"] else {}
        yield prediction(on, target, image, 0, said[image], **own, **changed)


@pytest.fixture(scope="module")
def connection():
    """FGSM on maxout takes maxout's class on softmax where it errs at all, and another class on the radial network."""
    crafts, predictions = [clean()], []
    crafts += (made := {key: craft(one, order=place + 1) for place, (key, one) in enumerate(NETWORKS.items())}).values()
    crafts += (noises := {key: noise(made[key], one, order=20) for key, one in NETWORKS.items()}).values()
    both = [NETWORKS["maxout", seed] for seed in range(2)]
    crafts.append(whole := {**craft(both[0], order=30), "craft": "whole", "surrogate": "two"})
    whole["surrogates"] = [one["model"] for one in both]
    for (name, seed), one in NETWORKS.items():
        predictions += shown(crafts[0], one, (0, 0, 0, 1), confidence=0.5)
        predictions += shown(made[name, seed], one, (1, 1, 1, 0), confidence=0.25 if name == "rbf" else 0.75)
        predictions += shown(noises[name, seed], one, (0, 0, 0, seed), made=(0,) * IMAGES)
    for seed in range(2):
        for other in range(2):
            on, back = made["maxout", seed], made["adversarially trained", seed]
            predictions += shown(on, NETWORKS["softmax", other], (1, 1, 0, 0))
            predictions += shown(on, NETWORKS["rbf", other], (2, 1 + seed, 0, 0))
            predictions += shown(on, NETWORKS["adversarially trained", other], (other, 0, 0, 0))
            predictions += shown(back, NETWORKS["maxout", other], (1, 1, seed, 0))
        # The other maxout is not wrong where one is attacked; of two equal votes the lower class is the answer.
        predictions += shown(made["maxout", seed], both[1 - seed], (0, 0, 1, 0))
        predictions += shown(whole, both[seed], (1, 1, 1, 0))
    probes, measured, trained = [], [], []
    for place, ((name, seed), one) in enumerate(NETWORKS.items()):
        asked = {"probe": one["name"], "name": "rubbish", "function": "rubbish", "model": one["name"]}
        probes.append({**asked, "part": "test", "position": place})
        sure = 0 if name == "rbf" else 80 + seed
        nothing = {"probe": one["name"], "model": "", "other": None, "craft": None, "image": None, "layer": None}
        for word, value in (("samples", 100), ("confident", sure), ("confidence", 0.9 * sure)):
            measured.append({**nothing, "unit": None, "name": word, "value": value})
        seen = {"model": one["model"], "epoch": 6, "images": 100, "loss": 1.0, "queries": None}
        trained += [{**seen, "part": "test", "right": 98}, {**seen, "part": "train", "right": 100}]
    rows = {"models": NETWORKS.values(), "crafts": crafts, "predictions": predictions}
    return tables(**rows, probes=probes, measured=measured, trained=trained)


def test_numbers_of_the_paper_stand_beside_the_mean_over_seeds(connection):
    rows = answer(connection, "goodfellow2015_cells").entries
    found = {(row["kind"], row["made_on"], row["shown_to"], row["quantity"]): row for row in rows}
    assert len(found) == len(rows)
    assert sum(row["published"] is not None for row in rows) == 21  # 25 with the two noise arms
    own = found["fgsm", "softmax", "softmax", "error_percent"]
    assert (own["published"], own["ours"], own["seeds"], own["low"], own["high"]) == (99.9, 75, 2, 75, 75)
    sure = found["fgsm", "rbf", "rbf", "mean_confidence_on_errors_percent"]
    assert (sure["published"], sure["ours"]) == (1.2, 25)
    assert found["clean", None, "rbf", "mean_confidence_percent"]["published"] == 60.6
    tested = found["test", None, "adversarially trained", "error_percent"]
    assert (tested["published"], tested["ours"]) == (0.84, pytest.approx(2))
    noisy = found["rubbish", None, "maxout", "error_percent"]
    assert (noisy["published"], noisy["ours"]) == (98.35, 80.5)
    assert found["rubbish", None, "rbf", "error_percent"]["ours"] == 0
    assert ("rubbish", None, "rbf", "mean_confidence_on_errors_percent") not in found


def test_pairs_are_of_unlike_seeds_and_go_by_the_seed_of_the_network_that_is_not_maxout(connection):
    rows = answer(connection, "goodfellow2015_values").entries
    found = {tuple(row.values())[:5]: row["value"] for row in rows}
    for seed in range(2):  # only seed 1 is fooled, by both images made on the other's seed
        there = ("fgsm", "maxout", "adversarially trained", seed, "error_percent")
        assert found[there] == (25 if seed == 1 else 0)
        back = ("fgsm", "adversarially trained", "maxout", seed, "error_percent")
        assert found[back] == 50 + 25 * seed
        # Made on the other seed: of two images that both get wrong, none or one is of one class.
        shared = ("fgsm", "maxout", "rbf", seed, "agreement_of_both_percent")
        assert found[shared] == (0 if seed == 0 else 50)
    ends = {(made_on, shown_to) for kind, made_on, shown_to, *_ in found if kind == "fgsm"}
    assert ("maxout", "maxout") in ends and ("softmax", "maxout") not in ends  # of which nothing was shown
    assert found["fgsm", "maxout", "maxout", 0, "error_percent"] == 75  # its own alone, not those of its other seed


def test_claims_are_differences_seed_by_seed(connection):
    rows = answer(connection, "goodfellow2015_claims").entries
    found = {(row["claim"], row["quantity"], row["shown_to"]): row for row in rows}
    asymmetry = found["trained to original minus back", "error_percent", "maxout"]
    assert (asymmetry["ours"], asymmetry["seeds"]) == ((50 + 50) / 2, 2)
    assert found["softmax minus rbf", "error_percent", "softmax"]["ours"] == 80.5
    assert found["softmax minus rbf", "agreement_percent", "softmax"]["ours"] == pytest.approx(100 * 2 / 3 - 50 / 3)
    hardly = found["attack minus noise", "fooled_percent", "rbf"]
    assert (hardly["ours"], hardly["low"] < hardly["ours"] < hardly["high"]) == (75 - 12.5, True)


def test_an_ensemble_answers_by_vote_and_its_members_are_attacked_in_turn(connection):
    whole, one = answer(connection, "goodfellow2015_ensembles").entries
    assert (whole["through"], whole["published"], whole["k"], whole["n"]) == ("the ensemble", 91.1, 3, 4)
    assert whole["low"] == pytest.approx(100 * wilson(3, 4).low)
    assert (one["through"], one["published"], one["pairs"]) == ("one member", 87.9, 2)
    assert (one["k"], one["n"], one["ours"]) == (2, 8, 25)  # both err on the third image alone, each time
