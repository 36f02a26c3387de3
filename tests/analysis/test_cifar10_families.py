"""What is found on opposite halves, from the fewest networks, and with a family that is planted."""

import math

import numpy as np
import pytest

from analysis.answers import answer
from analysis.family import family_effect
from analysis.findings import of_results, page
from tests.analysis.made import clean, craft, crafted, model, noise, prediction, tables

FAMILIES = ("mlp", "vgg", "resnet")
IMAGES = 40


def network(family, split, order=0):
    return model(f"{family} {split}", order, family=family, split=split)


NETWORKS = [network(family, split, 2 * at + (split == "B")) for at, family in enumerate(FAMILIES) for split in "AB"]
BY_NAME = {one["name"]: one for one in NETWORKS}


def shown(craft, target, wrong, **changed):
    """The first `wrong` images get a wrong answer."""
    return [prediction(craft, target, image, 0, int(image < wrong), **changed) for image in range(IMAGES)]


def made(on, attack="mi_fgsm", order=0, **changed):
    return craft(on, order=order, attack=attack, budget="linf 8/255", images=IMAGES, **changed)


def entries(name, crafts, rows):
    return answer(tables(models=NETWORKS, crafts=crafts, predictions=rows), name).entries


def everywhere(counts, attack="mi_fgsm"):
    """Each network shown to each other one: counts(surrogate, target) of the images are fooled."""
    crafts = [made(one, attack, order) for order, one in enumerate(NETWORKS)]
    rows = [
        row
        for one, surrogate in zip(crafts, NETWORKS, strict=True)
        for target in NETWORKS
        for row in shown(one, target, counts(surrogate, target))
    ]
    return crafts, rows


def test_what_a_family_adds_is_found_on_opposite_halves_alone():
    def counts(surrogate, target):
        if surrogate["split"] == target["split"]:
            return IMAGES  # were it counted, nothing could be found
        return 30 if surrogate["family"] == target["family"] else 10

    (row,) = entries("cifar10_families_within", *everywhere(counts))
    assert (row["attack"], row["squares"], row["same_rate"], row["other_rate"]) == ("mi_fgsm", 18, 0.75, 0.25)
    planted = 2 * math.log(30.5 / 10.5)
    assert row["effect"] == pytest.approx(planted)
    # Three families in each of two halves: of the six ways to pair them one is as good, the planted one.
    assert row["p"] == pytest.approx(1 / 6, abs=0.02)
    assert row["low"] < planted < row["high"]


def test_strong_surrogates_and_fragile_targets_are_no_family():
    strength = {"mlp": 2, "vgg": 8, "resnet": 14}

    def counts(surrogate, target):
        odds = math.exp(0.2 * strength[surrogate["family"]] + 0.1 * strength[target["family"]] - 2)
        return round(IMAGES * odds / (1 + odds))

    (row,) = entries("cifar10_families_within", *everywhere(counts))
    assert abs(row["effect"]) < 0.1
    assert row["low"] < 0 < row["high"]


def test_the_effect_is_that_of_the_permutation_test():
    random = np.random.default_rng(0)
    dice = {(one["name"], two["name"]): int(random.integers(1, IMAGES)) for one in NETWORKS for two in NETWORKS}
    (row,) = entries("cifar10_families_within", *everywhere(lambda one, two: dice[one["name"], two["name"]]))
    logits = np.full((6, 6), np.nan)
    for i, one in enumerate(NETWORKS):
        for j, two in enumerate(NETWORKS):
            if one["split"] != two["split"]:
                k = dice[one["name"], two["name"]]
                logits[i, j] = math.log((k + 0.5) / (IMAGES - k + 0.5))
    found = family_effect(logits, [one["family"] for one in NETWORKS], strata=[one["split"] for one in NETWORKS])
    assert (row["effect"], row["p"]) == pytest.approx((found.value, found.p), abs=0.02)


def compared(crafts, rows):
    return {row["comparison"]: row for row in entries("cifar10_families_compared", crafts, rows)}


def test_attacks_are_compared_on_equal_squares():
    crafts, rows = [], []
    for attack, wrong in (("bim", 10), ("mi_fgsm", 20), ("di_fgsm", 16)):
        more = everywhere(lambda one, two, wrong=wrong: wrong if one["split"] != two["split"] else 0, attack)
        crafts, rows = crafts + more[0], rows + more[1]
    found = compared(crafts, rows)
    momentum, diverse = found["MI-FGSM minus I-FGSM"], found["DI-MI-FGSM minus MI-FGSM"]
    assert (momentum["one_rate"], momentum["other_rate"], momentum["effect"]) == (0.5, 0.25, 0.25)
    assert momentum["squares"] == momentum["other_squares"] == 18
    assert diverse["effect"] == pytest.approx(-0.1)
    assert momentum["low"] < 0.25 < momentum["high"] and momentum["low"] > 0


def test_an_ensemble_is_shown_to_the_family_that_it_lacks_and_its_members_one_at_a_time():
    without = [BY_NAME["vgg A"], BY_NAME["resnet A"]]
    several = made({"name": "no mlp A", "model": ""}, surrogates=[one["model"] for one in without], order=9)
    singles = [made(one, order=order) for order, one in enumerate(without)]
    target, kin, same_half = BY_NAME["mlp B"], BY_NAME["vgg B"], BY_NAME["mlp A"]
    rows = shown(several, target, 30) + shown(several, kin, 40) + shown(several, same_half, 40)
    rows += shown(singles[0], target, 10) + shown(singles[1], target, 20)
    # A target that is wrong when clean does not count, whatever the surrogate.
    rows = [row | {"target_clean": 1} if row["image"] >= 36 else row for row in rows]
    found = compared([several, *singles], rows)["ensembles minus single networks"]
    assert (found["squares"], found["other_squares"]) == (1, 2)
    assert (found["one_rate"], found["other_rate"]) == pytest.approx((30 / 36, 15 / 36))


def test_noise_is_compared_with_clean_images_over_all_of_them():
    on = BY_NAME["mlp A"]
    attack = made(on)
    beside = noise(attack, on, 1)
    rows = [row | {"target_clean": int(row["image"] < 4)} for row in shown(beside, BY_NAME["vgg B"], 6)]
    found = compared([attack, beside], rows)["noise minus clean"]
    assert (found["one_rate"], found["other_rate"]) == (6 / IMAGES, 4 / IMAGES)


def test_the_matrix_has_both_ways_between_the_halves_in_one_cell_and_noise_beside_it():
    here, there = BY_NAME["mlp A"], BY_NAME["mlp B"]
    crafts = [made(here), made(there, order=1)]
    crafts.append(noise(crafts[0], here, 2))
    rows = shown(crafts[0], BY_NAME["vgg B"], 10) + shown(crafts[1], BY_NAME["vgg A"], 20)
    rows += shown(crafts[2], BY_NAME["vgg B"], 4) + shown(crafts[0], BY_NAME["vgg A"], 40)
    (row,) = entries("cifar10_families_matrix", crafts, rows)
    assert [row[word] for word in ("crafted_on", "shown_to", "pairs", "n", "k")] == ["mlp", "vgg", 2, 80, 30]
    assert (row["rate"], row["noise_rate"]) == (37.5, 10)
    assert row["low"] < 37.5 < row["high"]


def test_models_of_all_images_have_no_opposite():
    everything, half = model("linear", split="all"), BY_NAME["mlp A"]
    on, other = made(everything), made(half, order=1)
    rows = shown(on, half, 5) + shown(other, everything, 5)
    made_of = tables(models=[everything, half], crafts=[on, other], predictions=rows, crafted=[crafted(on, 0)])
    assert made_of.execute("select count(*) from opposites").fetchone() == (0,)


def floors(name, right, split=25000, study="cifar10_families"):
    one = model("vgg A", family="vgg", architecture="vgg", split="A")
    spec = {"split": {"start": 0, "stop": split}, "recipe": {"settings": {"epochs": 8}}}
    made_of = tables(
        study=[{"study": study, "title": "t", "data": {}}],
        models=[one],
        crafts=[clean()],
        records=[{"task": one["model"], "stage": "train", "spec": spec, "seconds": 60.0}],
        trained=[{"model": one["model"], "epoch": 8, "part": "test", "images": 100, "right": right, "loss": 1.0}],
    )
    return made_of.execute(f"from {name}").fetchall()


def test_a_model_below_its_floor_is_found():
    assert [row[:3] for row in floors("models_below_their_floor", 71)] == [("vgg A", 71, 72)]
    assert floors("models_below_their_floor", 72) == []
    assert [row[:3] for row in floors("cifar10_families_floors", 72)] == [("vgg A", 72, 72)]


def test_the_small_form_and_other_studies_have_no_floors():
    assert floors("models_below_their_floor", 10, split=200) == floors("models_below_their_floor", 10, study="x") == []


def test_the_page_says_which_way_each_fell():
    def counts(surrogate, target):
        return 30 if surrogate["family"] == target["family"] else 10

    crafts, rows = everywhere(counts)
    named = [{"study": "cifar10_families", "title": "Families", "data": {}}]
    lines = page([of_results(tables(study=named, models=NETWORKS, crafts=crafts, predictions=rows))]).splitlines()
    (found,) = (line for line in lines if line.startswith("| MI-FGSM: what one family adds"))
    assert "| +2.13 [+" in found and found.endswith("| above 0 |")
    assert "| mi_fgsm | 75.0 | 25.0 | +2.13 |" in "\n".join(lines)
    assert any(line.endswith("| not run | not run |") for line in lines)
