import pytest

from analysis.afterwards import beside_published, over_seeds, with_interval
from analysis.statistics import wilson


def cell(k, n, published, published_n=256, pairs=1):
    return {"k": k, "n": n, "pairs": pairs, "published": published, "published_n": published_n}


def test_images_that_several_pairs_share_count_once():
    (row,) = with_interval([{"k": 30, "n": 100, "pairs": 4}])
    assert (row["low"], row["high"]) == pytest.approx([100 * bound for bound in wilson(7.5, 25)])


def test_the_mark_is_of_the_corrected_p():
    # 20 of 256 beside 40 of 256 has p = 0.0060: below 0.05 alone and among eight, but not among nine.
    clear, same = cell(20, 256, 100 * 40 / 256), cell(30, 256, 100 * 30 / 256)
    among = {others: beside_published([clear] + [same] * others)[0] for others in (0, 7, 8)}
    assert {others: row["mark"] for others, row in among.items()} == {0: "*", 7: "*", 8: ""}
    assert among[8]["p_holm"] == pytest.approx(9 * among[8]["p"])


def test_cells_that_have_not_been_run_do_not_count_in_the_correction():
    (row, empty) = beside_published([cell(20, 256, 100 * 40 / 256), cell(None, None, 5.0, pairs=None)])
    assert row["p_holm"] == row["p"]
    assert (empty["low"], empty["p"], empty["mark"]) == (None, None, "")


def test_an_effect_that_is_missing_without_one_of_the_seeds_has_no_interval():
    whole = {"effect": 0.2, "without_one": [0.1, 0.2, 0.3], "seeds": 3}
    missing = {"effect": 0.2, "without_one": [0.1, 0.3], "seeds": 3}
    alone = {"effect": 0.2, "without_one": None, "seeds": 1}
    low, *none = [row["low"] for row in over_seeds([whole, missing, alone])]
    assert low < 0.2 and none == [None, None]
