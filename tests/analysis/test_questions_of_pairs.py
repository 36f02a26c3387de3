"""Questions that compare squares of the matrix, each on the fewest rows that tell a right answer from a wrong one."""

import math

import pytest

from analysis.answers import answer
from tests.analysis.made import clean, craft, crafted, model, noise, prediction, tables, tiles_of_one_record

A, B, C = model("A", 0, family="cnn"), model("B", 1, family="cnn"), model("C", 2, family="mlp")
ON_A, ON_B, ON_C = craft(A), craft(B, order=1), craft(C, order=2)
NOISE, CLEAN = noise(ON_A, A, order=3), clean(order=4)
BOTH = craft({**A, "name": "A and B"}, order=5, surrogates=[A["model"], B["model"]])


def asked(question, predictions=(), models=(A, B, C), crafts=(ON_A, ON_B, ON_C, NOISE, CLEAN, BOTH), **more):
    return answer(tables(models=models, crafts=crafts, predictions=predictions, **more), question).entries


def chosen(rows, *columns):
    return [tuple(row[column] for column in columns) for row in rows]


def shown(one, target, answers, label=0, **changed):
    """What a target says to the first images; `x` is an image that it gets wrong when clean."""
    for image, said in enumerate(answers):
        before = {"target_clean": label if said != "x" else label + 1}
        yield prediction(one, target, image, label, 1 if said == "x" else int(said), **before, **changed)


def test_asymmetry_counts_the_images_that_fool_in_one_direction_alone():
    rows = [*shown(ON_A, B, "11101x"), *shown(ON_B, A, "010001"), *shown(ON_A, A, "111111"), *shown(ON_A, C, "111111")]
    (row,) = asked("asymmetry", [*rows, *shown(BOTH, C, "1"), *shown(NOISE, B, "111111")])
    assert chosen([row], "model", "other", "n", "forth", "back", "only_forth", "only_back") == [
        ("A", "B", 5, 4, 1, 3, 0)
    ]
    assert row["difference"] == pytest.approx(60)
    assert row["p"] == pytest.approx(0.25)  # three images of three: 2 / 2^3
    assert row["low"] < 60 < row["high"]


def test_images_beyond_the_first_words_count_too():
    rows = [prediction(ON_A, B, image, 0, 1) for image in (3, 63, 64, 200)]
    rows += [prediction(ON_B, A, image, 0, 0) for image in (3, 63, 64, 201)]
    assert chosen(asked("asymmetry", rows), "n", "forth", "only_forth") == [(3, 3, 3)]


def test_two_targets_are_compared_on_the_images_that_both_get_right():
    rows = [*shown(ON_A, B, "1110x"), *shown(ON_A, C, "01000"), *shown(ON_A, A, "11111"), *shown(ON_B, C, "1")]
    found = asked("targets_compared", rows)
    columns = ("surrogate", "target", "other", "n", "fooled", "other_fooled", "only_one", "only_other", "difference")
    assert chosen(found, *columns) == [("A", "B", "C", 4, 3, 1, 2, 0, 50.0)]


def test_two_attacks_are_compared_on_one_surrogate_budget_and_target():
    other = craft(A, order=6, attack="pgd")
    far = craft(A, order=7, attack="pgd", budget="linf 0.2")
    rows = [*shown(ON_A, B, "1100"), *shown(other, B, "1110"), *shown(far, B, "1111"), *shown(other, C, "0")]
    found = asked("attacks_compared", rows, crafts=(ON_A, other, far))
    columns = ("attack", "other", "surrogate", "target", "n", "fooled", "other_fooled", "only_one", "only_other")
    assert chosen(found, *columns) == [("fgsm", "pgd", "A", "B", 4, 2, 3, 0, 1)]


def test_the_same_mistakes_are_told_beside_those_of_chance_label_by_label():
    # Label 0: surrogate says 1 1 2 2, target 1 1 1 2, so by chance 2/4 x 3/4 + 2/4 x 1/4 = 1/2. Label 5: one image, 7.
    said = [(0, 1, 1), (0, 1, 1), (0, 2, 1), (0, 2, 2), (5, 7, 7)]
    rows = [
        prediction(ON_A, B, image, label, target, surrogate_crafted=surrogate)
        for image, (label, surrogate, target) in enumerate(said)
    ]
    rows += [prediction(ON_A, B, 9, 0, 1), prediction(ON_A, B, 10, 0, 0, surrogate_crafted=1)]  # one of them is right
    (row,) = asked("same_mistakes", rows)
    assert (row["n"], row["k"], row["rate"], row["chance"]) == (5, 4, 80.0, pytest.approx(100 * (4 * 0.5 + 1) / 5))
    assert row["kappa"] == pytest.approx((0.8 - 0.6) / 0.4)
    assert row["low"] < 80 < row["high"]


def test_who_never_answers_alike_is_at_zero_percent_and_below_chance_or_at_it():
    rows = [prediction(ON_A, B, image, 0, target, surrogate_crafted=3 - target) for image, target in enumerate((1, 2))]
    assert chosen(asked("same_mistakes", rows), "n", "k", "chance", "kappa") == [(2, 0, 50.0, -1.0)]
    rows = [prediction(ON_A, B, 0, 0, 2, surrogate_crafted=1)]
    assert chosen(asked("same_mistakes", rows), "n", "k", "chance", "kappa") == [(1, 0, 0.0, 0.0)]


def test_blocks_of_families_and_splits_leave_out_the_diagonal():
    half = model("D", 3, family="mlp", split="half")
    rows = [*shown(ON_A, A, "11"), *shown(ON_A, B, "10"), *shown(ON_B, A, "111x"), *shown(ON_A, half, "00")]
    rows += [*shown(NOISE, B, "11"), *shown(BOTH, C, "1")]
    models = (A, B, C, half)
    columns = ("crafted_on", "shown_to", "is_within", "squares", "n", "fooled", "mean_rate")
    assert chosen(asked("family_blocks", rows, models), *columns) == [
        ("cnn", "cnn", True, 2, 5, 4, 0.75),
        ("cnn", "mlp", False, 1, 2, 0, 0.0),
    ]
    assert chosen(asked("split_blocks", rows, models), *columns) == [
        ("all", "all", True, 2, 5, 4, 0.75),
        ("all", "half", False, 1, 2, 0, 0.0),
    ]


def test_the_best_surrogate_and_the_most_fragile_target_come_first_with_what_separates_them():
    rows = [*shown(ON_A, B, "1110"), *shown(ON_A, C, "1111"), *shown(ON_B, A, "1000"), *shown(ON_B, C, "0000")]
    rows += [*shown(ON_A, A, "1111"), *shown(BOTH, C, "1111"), *shown(NOISE, C, "1111")]
    best = asked("best_surrogate", rows)
    assert chosen(best, "surrogate", "targets", "n", "fooled") == [("A", 2, 8, 7), ("B", 2, 8, 1)]
    assert best[0]["below_first"] is None and best[1]["below_first"] == pytest.approx(-0.75)
    assert best[0]["low"] < 7 / 8 < best[0]["high"] and best[1]["below_first_low"] < -0.75
    fragile = asked("most_fragile_target", rows)
    assert chosen(fragile, "target", "surrogates", "n", "fooled") == [("B", 1, 4, 3), ("C", 2, 8, 4), ("A", 1, 4, 1)]
    assert fragile[1]["below_first"] == pytest.approx(-0.25)


def test_a_rate_over_all_squares_is_less_sure_where_seeds_differ():
    def width(likely):
        (row,) = asked("rate_redrawn", **twenty([("a", "cnn", "all"), ("b", "mlp", "all")], 4, likely))
        assert (row["squares_counted"], row["n"], row["fooled"]) == (56, 56 * 64, 56 * 32)
        return row["high"] - row["low"]

    assert width(lambda one, target: 32) < width(lambda one, target: 16 if one["seed"] % 2 else 48)


def twenty(networks, seeds, likely):
    """Models of some networks and seeds, crafts on each, and 64 images a square, of which so many are fooled."""
    models = [
        model(f"{name} seed {seed}", 10 * i + seed, family=family, architecture=name[0], seed=seed, split=split)
        for i, (name, family, split) in enumerate(networks)
        for seed in range(seeds)
    ]
    crafts = [craft(one, order=one["order"]) for one in models]
    rows = [
        prediction(made, target, image, 0, int(image < likely(one, target)))
        for one, made in zip(models, crafts, strict=True)
        for target in models
        if target is not one
        for image in range(64)
    ]
    return {"models": models, "crafts": crafts, "predictions": rows, "tiles": tiles_of_one_record(rows)}


def test_families_and_likeness_explain_what_is_planted_in_them():
    networks = [("a1", "cnn", "P1"), ("a2", "cnn", "P2"), ("b1", "mlp", "P1"), ("b2", "mlp", "P2")]

    def likely(one, target):
        same = one["family"] == target["family"]
        return 20 + 20 * same + 3 * (one["seed"] == 1) + 5 * (target["seed"] == 2)

    study = twenty(networks, 3, likely)
    (family,) = asked("family_effect", **study)
    assert (family["within_squares"], family["across_squares"]) == (60, 72)
    assert family["effect"] == pytest.approx(math.log(40 / 24) - math.log(20 / 44), abs=0.15)
    shares = {row["term"]: row for row in asked("what_explains_transfer", **study)}
    assert list(shares) == ["surrogate", "target", "same architecture", "same split", "both", "residual"]
    assert sum(row["share"] for row in shares.values()) == pytest.approx(1)
    assert shares["same architecture"]["share"] > 0.8 and shares["same architecture"]["p"] < 0.05
    assert shares["same split"]["share"] < 0.01 and shares["same split"]["p"] > 0.05
    assert shares["surrogate"]["low"] < shares["surrogate"]["share"] < shares["surrogate"]["high"]
    assert [row["pairs"] for row in shares.values()] == [132] * 6


def test_seeds_that_differ_in_their_rates_are_told_from_the_noise_of_counting():
    def likely(one, target):
        return 16 + 32 * (one["seed"] == 1)

    study = twenty([("a", "cnn", "all"), ("b", "mlp", "all")], 2, likely)
    rows = asked("seed_deviation", **study)
    assert chosen(rows, "crafted_on", "shown_to", "pairs", "n", "rate") == [
        ("a", "a", 2, 64, 0.5),
        ("a", "b", 4, 64, 0.5),
        ("b", "a", 4, 64, 0.5),
        ("b", "b", 2, 64, 0.5),
    ]
    # Rates 1/4, 1/4, 3/4, 3/4. Of the 64 images 32 fool half of the pairs: these alone differ between pairs.
    row = rows[1]
    assert row["deviation"] == pytest.approx((4 * 0.25**2 / 3) ** 0.5)
    inner = (256 * 0.25 - 64 * 4 * 0.25**2 - 4 * 64 * 0.125) / (3 * 63)
    assert row["sampling"] == pytest.approx((inner / 64) ** 0.5)
    assert row["between_seeds"] == pytest.approx((row["deviation"] ** 2 - row["sampling"] ** 2) ** 0.5)


def test_larger_ensembles_are_counted_and_the_slope_is_that_of_a_line_per_doubling():
    targets = [model(f"T{number}", 4 + number) for number in range(3)]
    rows = []
    for target in targets:
        rows += [*shown(ON_A, target, "1000"), *shown(ON_B, target, "1000"), *shown(BOTH, target, "1110")]
    rows += [*shown(BOTH, A, "1111"), *shown(NOISE, targets[0], "1111")]
    models = (A, B, C, *targets)
    counted = asked("surrogate_count", rows, models)
    columns = ("members", "ensembles", "squares", "n", "fooled", "mean_rate")
    assert chosen(counted, *columns) == [(1, 2, 6, 24, 6, 0.25), (2, 1, 3, 12, 9, 0.75)]
    (slope,) = asked("surrogate_count_slope", rows, models)
    assert (slope["effect"], slope["seeds"], slope["low"], slope["high"]) == pytest.approx((0.5, 3, 0.5, 0.5))


def test_quantities_of_surrogates_targets_and_pairs_are_set_against_the_rate():
    probes = [{"probe": "p", "name": "steepness", "function": "f", "model": one["model"]} for one in (A, B, C)]
    nothing = {"craft": None, "layer": None, "unit": None}
    measured = [
        {"probe": "p", "model": one["model"], "other": None, "image": image, "name": "slope", "value": value, **nothing}
        for one, values in ((A, (1.0, 3.0)), (B, (4.0, 4.0)), (C, (6.0, 6.0)))
        for image, value in enumerate(values)
    ]
    measured += [
        {"probe": "p", "model": A["model"], "other": B["model"], "image": 0, "name": "cosine", "value": 0.5, **nothing}
    ]
    rows = [
        row
        for made, one in ((ON_A, A), (ON_B, B), (ON_C, C))
        for target in (A, B, C)
        if target is not one
        for row in shown(made, target, {"A": "1000", "B": "1100", "C": "1110"}[one["name"]])
    ]
    found = {(row["quantity"], row["side"]): row for row in asked("predictors", rows, probes=probes, measured=measured)}
    assert {name: row["pairs"] for name, row in found.items()} == {
        ("slope", "surrogate"): 6,
        ("slope", "target"): 6,
        ("cosine", "pair"): 1,
    }
    assert found["slope", "surrogate"]["pearson"] == pytest.approx(1)
    assert found["slope", "target"]["pearson"] == pytest.approx(-0.5)
    assert found["slope", "surrogate"]["kendall"] == pytest.approx(1)
    assert found["cosine", "pair"]["pearson"] is None and found["cosine", "pair"]["kendall"] is None


def test_sizes_are_those_of_the_perturbations_that_fool():
    sizes = [(True, 0.1), (True, 0.3), (False, 0.9), (True, 0.2)]
    rows = [crafted(ON_A, image, is_found=found, rms=rms) for image, (found, rms) in enumerate(sizes)]
    rows += [crafted(ON_A, 8, is_found=True, rms=9.0, surrogate_clean=1), crafted(NOISE, 0, is_found=True, rms=9.0)]
    (row,) = asked("distortions", crafted=rows)
    assert (row["surrogate"], row["tried"], row["found"]) == ("A", 4, 3)
    assert (row["mean_rms"], row["rms_50"], row["rms_25"]) == pytest.approx((0.2, 0.2, 0.15))


def test_images_that_are_in_the_goals_class_when_clean_have_no_size():
    rows = [crafted(ON_A, image, goal=1, surrogate_clean=said, is_found=True) for image, said in enumerate((0, 1, 2))]
    assert chosen(asked("distortions", crafted=rows), "tried", "found") == [(2, 2)]


def test_the_smallest_transferable_perturbation_is_looked_for_over_all_budgets():
    far = craft(A, order=6, budget="linf 0.2", epsilon=0.2)
    rows = [*shown(ON_A, B, "1000x"), *shown(far, B, "1100x"), *shown(far, A, "11111")]
    sizes = [crafted(one, image, rms=rms) for one, rms in ((ON_A, 0.1), (far, 0.2)) for image in range(5)]
    (row,) = asked("smallest_transferable", rows, crafts=(ON_A, far), crafted=sizes)
    assert (row["surrogate"], row["target"], row["n"], row["k"], row["rate"]) == ("A", "B", 4, 2, 50.0)
    assert (row["rms_25"], row["rms_50"]) == pytest.approx((0.1, 0.2)) and row["rms_75"] is None


def test_confusion_counts_classes_within_a_label():
    rows = [*shown(ON_A, B, "012x"), *shown(ON_B, A, "11"), *shown(ON_A, A, "22"), *shown(ON_B, C, "5", label=3)]
    found = asked("confusion", [*rows, *shown(NOISE, B, "2")])
    assert chosen(found, "label", "class", "n", "k") == [(0, 1, 5, 3), (0, 0, 5, 1), (0, 2, 5, 1), (3, 5, 1, 1)]


def test_images_are_ranked_from_both_ends_and_equals_share_a_rank():
    rows = [*shown(ON_A, B, "1100"), *shown(ON_A, C, "10x0"), *shown(ON_A, A, "1111"), *shown(NOISE, B, "1111")]
    found = asked("hardest_images", rows)
    assert chosen(found, "image", "label", "n", "k", "hardest", "easiest") == [
        (3, 0, 2, 0, 1, 3),
        (2, 0, 1, 0, 2, 4),
        (1, 0, 2, 1, 3, 2),
        (0, 0, 2, 2, 4, 1),
    ]


def test_cost_counts_what_the_study_asks_for_and_what_failures_have_cost_beside_it():
    def record(task, stage, seconds, size=10):
        return {"task": task, "stage": stage, "seconds": seconds, "bytes": size}

    records = [record(A["model"], "train", 5.0), record(B["model"], "train", 7.0), record(ON_A["craft"], "craft", 1.0)]
    records += [record("of an older study", "train", 99.0), record("t", "evaluate", 2.0)]
    failed = [
        {"task": task, "stage": stage, "attempt": "1", "cause": "lost", "seconds": seconds}
        for task, stage, seconds in ((A["model"], "train", 3.0), (ON_B["craft"], "craft", 4.0))
    ]
    tiles = [{"craft": ON_A["craft"], "target": B["model"], "task": "t", "is_counted": True}]
    found = asked("cost", records=records, failed_attempts=failed, tiles=tiles)
    columns = ("stage", "tasks", "seconds", "longest", "bytes", "attempts", "failed_attempts", "failed_seconds")
    assert chosen(found, *columns, "unfinished") == [
        ("train", 2, 12.0, 7.0, 20, 3, 1, 3.0, 0),
        ("craft", 1, 1.0, 1.0, 10, 2, 1, 4.0, 1),
        ("evaluate", 1, 2.0, 2.0, 10, 1, 0, 0.0, 0),
    ]
