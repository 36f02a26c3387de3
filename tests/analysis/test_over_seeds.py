"""Seeds pooled, and the effect of the split: rows of the dice, counted again in Python."""

import itertools
import math
from collections import defaultdict

import pytest

from analysis.answers import answer
from tests.analysis.made import clean, craft, crafted, model, prediction, random_results, tables

SEEDS = (0, 1, 2)


def network(name, seed, order=0, split="all", **changed):
    return model(f"{name} seed {seed}", order, seed=seed, split=split, **changed)


def seeded(names=("linear", "mlp"), seeds=SEEDS, **changed):
    results = random_results(5, names=[f"{name} seed {seed}" for name in names for seed in seeds], **changed)
    for one in results.models:
        one["seed"] = int(one["name"][-1])
    return results


def asked(results, sql, **more):
    rows = {"models": results.models, "crafts": results.crafts, "predictions": results.predictions, **more}
    found = tables(**rows).execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def fooled(row):
    return row["predicted"] != row["label"]


def is_counted(row, denominator):
    right = row["target_clean"] == row["label"]
    both = right and row["surrogate_clean"] in (None, row["label"])
    return {"all": True, "target-right": right, "both-right": both}[denominator]


@pytest.mark.parametrize("seeds", [SEEDS, (0,)], ids=["three seeds", "one seed"])
@pytest.mark.parametrize("denominator", ["all", "target-right", "both-right"])
def test_pairs_of_other_seeds_are_added_up_and_pairs_of_equal_seed_only_where_there_are_no_others(seeds, denominator):
    results = seeded(seeds=seeds, holes=0.1)
    models = {one["model"]: one for one in results.models}
    crafts = {one["craft"]: one for one in results.crafts}
    expected, pairs, equal = defaultdict(list), defaultdict(set), defaultdict(list)
    for row in results.predictions:
        made, target = crafts[row["craft"]], models[row["target"]]
        surrogate = models[made["surrogates"][0]] if made["surrogates"] else None
        is_diagonal = surrogate is target
        key = (
            surrogate and surrogate["name"][:-7],
            target["name"][:-7],
            *(made[word] for word in ("attack", "budget", "role", "control")),
            is_diagonal,
        )
        is_equal = surrogate is not None and surrogate["seed"] == target["seed"] and not is_diagonal
        (equal if is_equal else expected)[key].append(row)
        if not is_equal:
            pairs[key].add((row["craft"], row["target"]))
    for key, rows in equal.items():
        if key not in expected:
            expected[key] = rows
            pairs[key] = {(row["craft"], row["target"]) for row in rows}
    found = asked(results, f"from transfer_over_seeds where denominator = '{denominator}'")
    words = ("crafted_on", "shown_to", "attack", "budget", "role", "control", "is_diagonal")
    counts = {tuple(row[word] for word in words): (row["fooled"], row["n"], row["pairs"]) for row in found}
    assert len(counts) == len(found)
    for key, rows in expected.items():
        counted = [row for row in rows if is_counted(row, denominator)]
        assert counts.pop(key) == (sum(map(fooled, counted)), len(counted), len(pairs[key]))
    assert not counts


def test_the_lowest_and_the_highest_pair_are_told():
    a, b0, b1 = network("a", 0), network("b", 1, 1), network("b", 2, 2)
    on_a = craft(a)
    shown = [prediction(on_a, b0, image, 0, int(image < 1)) for image in range(4)]
    shown += [prediction(on_a, b1, image, 0, int(image < 3)) for image in range(4)]
    found = tables(models=[a, b0, b1], crafts=[on_a], predictions=shown).execute(
        "select shown_to, pairs, seeds, rate, lowest, highest from transfer_over_seeds where denominator = 'all'"
    )
    assert found.fetchall() == [("b", 2, 2, 0.5, 0.25, 0.75)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mlp P1 seed 12", "mlp P1"),
        ("mlp seed 1 epochs 5", "mlp epochs 5"),
        ("mlp (P1, seed 1)", "mlp (P1, seed 1)"),
        ("mlp seed", "mlp seed"),
    ],
)
def test_a_network_is_the_name_without_a_swept_seed(name, expected):
    found = tables(models=[model(name)]).execute("select network from networks").fetchall()
    assert found == [(expected,)]


def test_errors_are_those_of_the_last_epoch_over_all_seeds():
    one, two = network("a", 0), network("a", 1, 1)
    rows = [
        {"model": one["model"], "epoch": 1, "part": "rest", "images": 10, "right": 1, "loss": 0.0},
        {"model": one["model"], "epoch": 2, "part": "rest", "images": 10, "right": 8, "loss": 0.0},
        {"model": two["model"], "epoch": 2, "part": "rest", "images": 10, "right": 9, "loss": 0.0},
    ]
    found = tables(models=[one, two], trained=rows).execute("from errors_over_seeds").fetchall()
    assert found == [("a", "rest", 2, 20, 3, 0.15, 0.1, 0.2)]


def test_the_size_of_a_perturbation_counts_where_it_succeeds_and_the_goal_was_not_there_before():
    one, two = network("a", 0), network("a", 1, 1)
    on_one, on_two, tried_in_vain = craft(one), craft(two, order=1), craft(one, order=2, attack="weak")
    rows = [
        crafted(on_one, 0, goal=1, rms=0.25, is_found=True),
        crafted(on_one, 1, goal=1, rms=0.5, is_found=True),
        crafted(on_one, 2, goal=1, rms=9.0, is_found=False),
        crafted(on_one, 3, goal=1, rms=0.0, is_found=True, surrogate_clean=1),
        crafted(on_two, 0, goal=1, rms=0.75, is_found=True),
        crafted(tried_in_vain, 0, goal=1, rms=9.0, is_found=False),
    ]
    connection = tables(models=[one, two], crafts=[on_one, on_two, tried_in_vain], crafted=rows)
    found = answer(connection, "distortion_over_seeds").entries
    words = ("attack", "tried", "found", "success", "seeds", "mean_rms")
    assert [tuple(row[word] for word in words) for row in found] == [
        ("fgsm", 4, 3, 0.75, 2, 0.5),
        ("weak", 1, 0, 0.0, 1, None),
    ]
    assert "sizes" not in found[0]
    assert 0.5 <= found[0]["low"] <= found[0]["high"] <= 0.5  # two images, both of mean 0.5
    assert found[1]["low"] is None


# Two architectures on half P1, one of them also on P2: as in Szegedy et al. 2014, with three seeds.
KINDS = (("narrow", "P1"), ("wide", "P1"), ("narrow", "P2"), ("whole", "all"))


def halves(seeds=SEEDS, kinds=KINDS):
    """The dice's results for networks of these kinds, and the records of their training."""
    names = [f"{kind} {split} seed {seed}" for (kind, split), seed in itertools.product(kinds, seeds)]
    results = random_results(3, names=names, images=9, budgets=(0.1,))
    records = []
    for one in results.models:
        kind, one["split"], _, seed = one["name"].split()
        one["seed"] = int(seed)
        spec = {"architecture": {"name": "mlp", "settings": {"hidden": kind}}}
        records.append({"task": one["model"], "stage": "train", "spec": spec})
    return results, records


def effect(results, likeness, without=None):
    """Within minus across: the mean over pairs of architectures of the difference of pooled rates."""
    crafts = {one["craft"]: one for one in results.crafts}
    models = {one["model"]: one for one in results.models}
    strata = defaultdict(lambda: {True: [], False: []})
    for row in results.predictions:
        made, target = crafts[row["craft"]], models[row["target"]]
        if made["role"] != "attack" or not is_counted(row, "both-right"):
            continue
        surrogate = models[made["surrogates"][0]]
        if "all" in (surrogate["split"], target["split"]) or without in (surrogate["seed"], target["seed"]):
            continue
        kinds = (surrogate["name"].split()[0], target["name"].split()[0])
        is_same = kinds[0] == kinds[1]
        if is_same and surrogate["seed"] == target["seed"]:
            continue
        if likeness in ("either", "same architecture" if is_same else "other architecture"):
            strata[kinds][surrogate["split"] == target["split"]].append(fooled(row))
    whole = [(within, across) for within, across in (s.values() for s in strata.values()) if within and across]
    differences = [sum(within) / len(within) - sum(across) / len(across) for within, across in whole]
    counts = [sum(map(len, side)) for side in zip(*whole, strict=True)] or [0, 0]
    return (sum(differences) / len(differences) if differences else None), counts


@pytest.mark.parametrize("likeness", ["either", "same architecture", "other architecture"])
def test_the_effect_of_the_split_is_within_minus_across_with_its_interval_over_seeds(likeness):
    results, records = halves()
    connection = tables(models=results.models, crafts=results.crafts, predictions=results.predictions, records=records)
    (row,) = [row for row in answer(connection, "split_effect").entries if row["likeness"] == likeness]
    expected, counts = effect(results, likeness)
    assert row["effect"] == pytest.approx(expected)
    assert [row["within_n"], row["across_n"]] == counts
    left_out = [effect(results, likeness, seed)[0] for seed in SEEDS]
    middle = sum(left_out) / 3
    half = 4.302652729911275 * math.sqrt(2 / 3 * sum((value - middle) ** 2 for value in left_out))
    assert (row["low"], row["high"]) == pytest.approx((expected - half, expected + half))


def test_two_seeds_are_too_few_for_an_interval_over_seeds():
    results, records = halves(seeds=(0, 1))
    connection = tables(models=results.models, crafts=results.crafts, predictions=results.predictions, records=records)
    rows = {row["likeness"]: row for row in answer(connection, "split_effect").entries}
    assert rows["same architecture"]["effect"] == pytest.approx(effect(results, "same architecture")[0])
    assert rows["same architecture"]["low"] is None


def test_a_model_with_two_names_is_one_model_in_the_effect_of_the_split():
    results, records = halves()
    twice = [one for one in results.models if one["name"] == "narrow P1 seed 1"]
    again = [{**one, "name": "narrow again", "order": 99} for one in twice]
    crafts = [{**one, "surrogate": "narrow again"} for one in results.crafts if one["surrogate"] == "narrow P1 seed 1"]
    rows = {"predictions": results.predictions, "records": records}
    before = tables(models=results.models, crafts=results.crafts, **rows)
    after = tables(models=[*results.models, *again], crafts=[*results.crafts, *crafts], **rows)
    assert answer(after, "split_effect").entries == answer(before, "split_effect").entries


def test_clean_rows_and_models_of_no_split_have_no_part_in_the_effect_of_the_split():
    whole, half = network("a", 0), network("a", 1, 1, split="P1")
    on_whole, on_half, before = craft(whole), craft(half, order=1), clean(order=2)
    shown = [prediction(one, target, 0, 0, 1) for one in (on_whole, on_half, before) for target in (whole, half)]
    connection = tables(models=[whole, half], crafts=[on_whole, on_half, before], predictions=shown)
    assert connection.execute("from split_pairs").fetchall() == []
