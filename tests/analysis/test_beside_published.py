"""The tables of Szegedy et al. 2014 beside ours: every cell is there, and each finds its own counts."""

import pytest

from analysis.answers import answer
from analysis.statistics import newcombe
from tests.analysis.made import craft, crafted, model, noise, prediction, tables

LINEAR, DEEP = "FC10(1e-4)", "FC100-100-10"


def network(name, seed=0, order=0, split="all"):
    return model(f"{name} seed {seed}", order, seed=seed, split=split)


def made(surrogate=None, order=0, **changed):
    named = {"attack": "lbfgs", "budget": "as crafted", "part": "train", **changed}
    return craft(surrogate, order=order, **named)


def gaussian(order, budget="rms 0.1", **changed):
    return made(order=order, role="control", control="gaussian", attack="gaussian", budget=budget, **changed)


def shown(craft, target, wrong, of, **changed):
    """So many of the images of a craft get a wrong answer."""
    return [prediction(craft, target, image, 0, int(image < wrong), **changed) for image in range(of)]


def cells(connection, name, *edges):
    return {tuple(row[edge] for edge in edges): row for row in answer(connection, name).entries}


@pytest.mark.parametrize(
    ("name", "count"),
    [("table1", 18), ("table2", 48), ("table3", 12), ("table4", 24), ("equal_size", 3 * (36 + 9))],
)
def test_of_a_study_that_has_not_run_every_cell_is_there_with_nothing_of_ours(name, count):
    rows = answer(tables(), f"szegedy2014_{name}").entries
    assert len(rows) == count
    assert all(row["n"] is None and row["low"] is None for row in rows)
    assert all(row["p_holm"] is None and row["published"] is not None for row in rows if "published" in row)


def test_table_2_counts_all_training_images_of_the_attack_as_crafted_and_pools_pairs_of_other_seeds():
    linear, deep = [[network(name, seed, order + seed) for seed in (0, 1)] for order, name in ((0, LINEAR), (2, DEEP))]
    on = made(linear[0])
    decoys = [
        made(linear[0], 1, part="test"),
        made(linear[0], 2, budget="rms 0.1"),
        noise(on, linear[0], 3),
        made(linear[0], 4, attack="fgsm"),
    ]
    once = gaussian(5)
    rows = shown(on, deep[1], 3, of=10, target_clean=1)  # wrong when clean: counted too
    rows += shown(on, deep[0], 10, of=10)  # of equal seed
    rows += shown(on, linear[0], 9, of=10)
    rows += shown(on, linear[1], 5, of=10)  # another seed of itself: no cell of the paper
    rows += shown(once, deep[0], 1, of=10) + shown(once, deep[1], 2, of=10)
    rows += [row for decoy in decoys for row in shown(decoy, deep[1], 10, of=10)]
    connection = tables(models=[*linear, *deep], crafts=[on, *decoys, once], predictions=rows)
    found = cells(connection, "szegedy2014_table2", "crafted_on", "shown_to")
    cell = found[LINEAR, DEEP]
    assert [cell[word] for word in ("published", "ours", "k", "n", "pairs", "difference")] == [2, 30, 3, 10, 1, 28]
    expected = newcombe(3, 10, 0.02 * 256, 256)
    assert (cell["low"], cell["high"]) == pytest.approx([100 * bound for bound in expected])
    assert [found[LINEAR, LINEAR][word] for word in ("ours", "k", "n")] == [90, 9, 10]
    noisy = found["gaussian rms 0.1", DEEP]
    assert [noisy[word] for word in ("published", "k", "n", "pairs", "seeds")] == [0, 3, 20, 2, 2]
    # both seeds saw the same 10 images
    assert noisy["high"] == pytest.approx(100 * newcombe(1.5, 10, 0, 256).high)
    assert sum(row["n"] is not None for row in found.values()) == 3
    assert {row["p_holm"] >= row["p"] for row in found.values() if row["n"]} == {True}


def test_table_4_knows_the_halves_and_the_amplified_rows_by_the_papers_names():
    here, there = network(DEEP + " (P1)", split="P1"), network(DEEP + "' (P2)", order=1, split="P2")
    control = network(DEEP + " (P1, seed 1)", order=2, split="P1")
    on, larger = made(here, part="test"), made(here, 1, part="test", budget="rms 0.1", norm="rms")
    once = gaussian(2, "rms 0.06", part="test")
    rows = shown(on, there, 1, of=8) + shown(larger, there, 4, of=8) + shown(once, there, 2, of=8)
    rows += shown(on, control, 8, of=8)
    connection = tables(models=[here, there, control], crafts=[on, larger, once], predictions=rows)
    found = cells(connection, "szegedy2014_table4", "crafted_on", "size", "shown_to")
    counted = {place: (row["published"], row["k"]) for place, row in found.items() if row["n"]}
    assert counted == {
        (DEEP, "as crafted", DEEP + "'"): (5.9, 1),
        (DEEP, "rms 0.1", DEEP + "'"): (43, 4),
        ("gaussian", "rms 0.06", DEEP + "'"): (2.4, 2),
    }


def scores(model, **parts):
    return [
        {"model": model["model"], "epoch": 3, "part": part, "images": images, "right": images - wrong, "loss": 0.0}
        for part, (wrong, images) in parts.items()
    ]


def test_table_1_has_errors_in_percent_and_distortions_as_ratios():
    one, two = network(DEEP), network(DEEP, 1, 1)
    on = made(one)
    sizes = [crafted(on, image, goal=1, rms=rms, is_found=True) for image, rms in enumerate((0.0625, 0.125))]
    trained = [*scores(one, train=(1, 100), test=(2, 50)), *scores(two, train=(0, 100), test=(4, 50))]
    connection = tables(models=[one, two], crafts=[on], crafted=sizes, trained=trained)
    found = cells(connection, "szegedy2014_table1", "model", "quantity")
    error = found[DEEP, "test_error"]
    assert [error[word] for word in ("published", "ours", "k", "n", "seeds", "ratio")] == [1.64, 6, 6, 100, 2, None]
    expected = newcombe(3, 50, 0.0164 * 50, 50)
    assert (error["low"], error["high"]) == pytest.approx([100 * bound for bound in expected])
    assert found[DEEP, "train_error"]["ours"] == 0.5
    size = found[DEEP, "distortion"]
    assert [size[word] for word in ("published", "ours", "n", "low", "p")] == [0.058, 0.09375, 2, None, None]
    ratios = [size[word] for word in ("ratio_low", "ratio", "ratio_high")]
    assert ratios == pytest.approx([0.0625 / 0.058, 0.09375 / 0.058, 0.125 / 0.058])


def test_table_3_takes_the_own_half_for_training_and_the_other_for_the_rest():
    here, there = network(DEEP + " (P1)", split="P1"), network(DEEP + "' (P2)", order=1, split="P2")
    on = made(there, part="test")
    size = [crafted(on, 0, goal=1, rms=0.0625, is_found=True)]
    trained = [
        *scores(here, train=(1, 10), rest=(2, 10), test=(3, 10)),
        *scores(there, train=(4, 10), rest=(5, 10), test=(6, 10)),
    ]
    connection = tables(models=[here, there], crafts=[on], crafted=size, trained=trained)
    found = cells(connection, "szegedy2014_table3", "model", "quantity")
    assert {place: row["ours"] for place, row in found.items() if row["n"]} == {
        (DEEP, "error_p1"): 10,
        (DEEP, "error_p2"): 20,
        (DEEP, "test_error"): 30,
        (DEEP + "'", "error_p1"): 50,
        (DEEP + "'", "error_p2"): 40,
        (DEEP + "'", "test_error"): 60,
        (DEEP + "'", "distortion"): 0.0625,
    }


def test_at_equal_size_images_count_that_both_get_right_with_noise_as_large_beside_them():
    linear, deep = network(LINEAR), network(DEEP, order=1)
    on = made(linear, budget="rms 0.06")
    beside = noise(on, linear, 1)
    rows = [*shown(on, deep, 3, of=4), prediction(on, deep, 9, 0, 1, target_clean=1)]
    rows += shown(beside, deep, 1, of=4)
    connection = tables(models=[linear, deep], crafts=[on, beside], predictions=rows)
    found = cells(connection, "szegedy2014_equal_size", "paper_table", "size", "crafted_on", "shown_to")
    ours = {place: row for place, row in found.items() if row["n"]}
    assert list(ours) == [(2, "rms 0.06", LINEAR, DEEP)]
    row = ours[2, "rms 0.06", LINEAR, DEEP]
    assert [row[word] for word in ("k", "n", "rate", "noise_k", "noise_n", "noise_rate")] == [3, 4, 75, 1, 4, 25]
    assert row["low"] < 75 < row["high"]
