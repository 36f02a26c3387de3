import math

import pytest

from analysis.over_models import paired, predicts, ranked


def test_ties_have_no_p_and_no_image_has_no_difference():
    rows = [{"n": 4, "only_one": 0, "only_other": 0}, {"n": 0, "only_one": 0, "only_other": 0}]
    tie, nothing = paired([*rows, {"n": 9, "only_one": 6, "only_other": 0}])[:2]
    assert (tie["difference"], tie["p"], tie["p_holm"]) == (0.0, None, None)
    assert tie["low"] == pytest.approx(-tie["high"])
    assert (nothing["difference"], nothing["low"], nothing["p"]) == (None, None, None)


def test_rows_without_a_test_do_not_count_in_the_correction():
    clear = {"n": 9, "only_one": 6, "only_other": 0}
    rows = paired([clear, {"n": 4, "only_one": 0, "only_other": 0}, clear])
    assert [row["p_holm"] for row in rows] == [2 * rows[0]["p"], None, 2 * rows[0]["p"]]


def square(model, fooled, counted=(0b1111,), words=(0,), network=None):
    return {"model": model, "network": network or model, "words": words, "counted": counted, "fooled": fooled}


def of(budget, squares):
    return {"attack": "fgsm", "budget": budget, "part": "test", "squares": squares}


def test_each_kind_has_a_first_of_its_own():
    one, other = [square("A", (0b0111,))], [square("A", (0b0001,))]
    rows = ranked([of("near", one), of("near", other), of("far", other)])
    assert [row["below_first"] for row in rows] == [None, pytest.approx(-0.5), None]
    assert all("squares" not in row for row in rows)


def test_squares_that_hold_other_words_are_laid_upon_each_other_image_by_image():
    best = [square("A", (0b11, 1 << 63), (0b11, 1 << 63), (0, 2)), square("B", (0b1,), (0b1,), (1,))]
    rows = ranked([of("near", best), of("near", [square("A", (0,), (1,), (2,))])])
    assert rows[1]["below_first"] == pytest.approx(-1)
    assert rows[0]["low"] == rows[0]["high"] == 1.0


def point(surrogate, target, value, rate):
    return {"surrogate": surrogate, "target": target, "value": value, "rate": rate}


def test_a_correlation_leaves_models_out_with_all_of_their_pairs():
    names, rates = "ABCDE", (0.1, 0.5, 0.4, 0.9, 0.6)
    pairs = [(a, b) for a in names for b in names if a != b]
    strength = dict(zip(names, rates, strict=True))
    points = [point(a, b, strength[a] + strength[b] ** 2, strength[a] + 0.2 * strength[b]) for a, b in pairs]
    (row,) = predicts([{"probe": "p", "points": points}])
    assert row["low"] < row["pearson"] < row["high"] < 1
    assert 0 < row["kendall"] < 1
    assert "points" not in row


@pytest.mark.parametrize("values", [(1.0, 1.0, 1.0), (1.0, 2.0)])
def test_what_does_not_vary_or_has_two_pairs_has_no_correlation(values):
    points = [point("A", str(place), value, place / 9) for place, value in enumerate(values)]
    (row,) = predicts([{"points": points}])
    assert (row["pearson"], row["low"], row["kendall"]) == (None, None, None)


def test_a_perfect_correlation_has_no_interval():
    points = [point(a, b, ord(a), ord(a) / 100) for a in "ABCD" for b in "ABCD" if a != b]
    (row,) = predicts([{"points": points}])
    assert math.isclose(row["pearson"], 1) and row["low"] is None
