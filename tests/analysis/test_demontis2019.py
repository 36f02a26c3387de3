"""Alignment and transfer: pairs whose answers are known, and predictions of families that were left out."""

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr

from analysis.afterwards import correlations, mean_over_seeds
from analysis.answers import answer
from analysis.prediction import Pairs, foreseen
from tests.analysis.made import craft, model, prediction, tables

FAMILIES = ("a H", "a L", "b H", "b L")
MODELS = [
    model(f"{family} {split}", 2 * place + number, family=family, split=split)
    for place, family in enumerate(FAMILIES)
    for number, split in enumerate("PQ")
]
IMAGES = 20


def connection():
    """Each pair's cosine, and as many of twenty images fooled as rise with it; all of them fool their own."""
    probes, measured, crafts, shown = [], [], [], []
    for one in MODELS:
        made = craft(one, attack="pgd", budget="l2 1", order=len(crafts))
        crafts.append(made)
        size = {"probe": f"size {one['name']}", "name": "size", "function": "gradient_size", "model": one["name"]}
        probes.append({**size, "part": "test", "position": len(probes)})
        measured.append(value(size["probe"], "l2", 2.0))
        for other in MODELS:
            fooled = IMAGES if one is other else (3 * one["order"] + other["order"]) % 17
            shown += [prediction(made, other, image, 0, int(image < fooled)) for image in range(IMAGES)]
            if one is not other:
                pair = {"probe": f"{one['name']}-{other['name']}", "model": one["name"], "other": other["name"]}
                asked = {**pair, "name": "alignment", "function": "gradient_alignment", "part": "test"}
                probes.append({**asked, "position": len(probes)})
                measured += [value(pair["probe"], "cosine", fooled / 40), value(pair["probe"], "sign_agreement", 9)]
    return tables(models=MODELS, crafts=crafts, predictions=shown, probes=probes, measured=measured)


def value(probe, name, number):
    nothing = {"model": "", "other": None, "craft": None, "image": 0, "layer": None, "unit": None}
    return {"probe": probe, **nothing, "name": name, "value": number}


@pytest.fixture(scope="module")
def found():
    return connection()


def test_a_pair_has_its_alignment_and_its_error_over_that_of_the_targets_own_attack(found):
    asked = "surrogate, target, alignment, slope, n, black_box, white_box, ratio, rate"
    rows = found.execute(f"select {asked} from alignment_pairs where surrogate = 'a L Q'").fetchall()
    assert len(rows) == 7
    assert rows[0] == ("a L Q", "a H P", 9 / 40, 2.0, IMAGES, 9 / IMAGES, 1.0, 9 / IMAGES, 9 / IMAGES)


def test_correlations_are_those_of_scipy_over_pairs_of_other_splits(found):
    points = found.execute("select x, y from demontis2019_points where relation = 'ratio'").fetchall()
    assert len(points) == 16
    x, y = zip(*points, strict=True)
    rows = {
        row["statistic"]: row for row in answer(found, "demontis2019_relations").entries if "ratio" in row["relation"]
    }
    assert rows["pearson"]["ours"] == pytest.approx(pearsonr(x, y)[0])
    assert rows["kendall"]["ours"] == pytest.approx(kendalltau(x, y)[0])
    assert (rows["pearson"]["published"], rows["pearson"]["pairs"], rows["pearson"]["clusters"]) == (0.91, 16, 4)


def test_a_twin_is_held_against_its_other_split_by_split(found):
    rows = {
        row["technique"]: row for row in answer(found, "demontis2019_twins").entries if row["quantity"] == "transfer"
    }
    asked = "select avg(rate) from alignment_pairs where surrogate_family = ? and surrogate_split <> target_split"
    strong, weak = (found.execute(asked, [family]).fetchone()[0] for family in ("a L", "a H"))
    assert rows["a"]["ours"] == pytest.approx(100 * (strong - weak)) and rows["a"]["seeds"] == 2
    assert set(rows) == {"a", "b"}


def test_what_is_foreseen_is_told_for_rates_and_for_ratios(found):
    rows = answer(found, "transfer_foreseen").entries
    assert {row["quantity"] for row in rows} == {"fooling rate", "black-box / white-box"}
    error = {row["predictor"]: row["ours"] for row in rows if row["quantity"] == "fooling rate"}
    assert error["alignment"] == pytest.approx(0, abs=1e-9)  # rates are twice the alignment
    assert error["grand mean"] > 1


def test_an_interval_of_a_correlation_stays_below_1_and_needs_every_cluster():
    row = {"ours": 0.98, "clusters": 3, "without_one": [0.95, 0.99, 0.97]}
    (done,) = correlations([row])
    assert done["low"] < 0.98 < done["high"] < 1 and "without_one" not in done
    (done,) = correlations([row | {"without_one": [0.95, 0.99]}])
    assert done["low"] is None
    (done,) = correlations([row | {"without_one": [0.95, 0.99, 1.0]}])
    assert done["low"] is None


def test_a_mean_over_seeds_has_students_interval():
    (row,) = mean_over_seeds([{"by_seed": [1.0, 2.0, 3.0]}])
    half = 4.302652729911275 / np.sqrt(3)
    assert (row["ours"], row["seeds"]) == (2.0, 3)
    assert (row["low"], row["high"]) == pytest.approx((2 - half, 2 + half))
    assert mean_over_seeds([{"by_seed": None}]) == [{"ours": None, "seeds": 0, "low": None, "high": None}]


def test_additive_transfer_is_foreseen_for_what_is_known_of_the_pair():
    # rate = surrogate + target; of a family left out only the other half is known, and the mean stands for its own.
    on, to = {"a": 0.1, "b": 0.2, "c": 0.3}, {"a": 0.0, "b": 0.3, "c": 0.6}
    names = [(one, other) for one in on for other in to]
    pairs = Pairs([one for one, _ in names], [other for _, other in names], np.zeros(9), np.zeros(9))
    found = foreseen(pairs, np.array([on[one] + to[other] for one, other in names]))
    # Without a: on others are 0.25 + 0.45 apart from a's by 0.15 and 0.45.
    off = {"a": (0.15, 0.45, 0.6), "b": (0.0, 0.0, 0.0), "c": (0.15, 0.45, 0.6)}
    expected = np.mean([(2 * surrogate + 2 * target + both) / 5 for surrogate, target, both in off.values()])
    assert found["additive"].error == pytest.approx(expected)
    assert found["additive"].error < found["grand mean"].error
