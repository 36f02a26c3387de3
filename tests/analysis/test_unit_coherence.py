"""Units beside directions: which are counted, and how often chance would tell them apart as much."""

import itertools

import pytest

from analysis.afterwards import exchanged
from analysis.permutation import permutation_test
from tests.analysis.made import model, tables

A = model("A")
PROBE = {"probe": "p", "name": "coherence", "function": "unit_coherence", "model": "A", "part": "test", "position": 0}


def rows(basis, unit, active, tops):
    """What a unit has measured: active, then for each number of images how many are of one label, and the entropy."""
    found = {f"{basis} active": active, f"{basis} response": 1.0}
    for top, (same, entropy) in tops.items():
        found |= {f"{basis} same {top}": same, f"{basis} entropy {top}": entropy}
    nothing = {"model": A["model"], "other": None, "craft": None, "image": None}
    return [
        {"probe": "p", **nothing, "layer": "1", "unit": unit, "name": name, "value": value}
        for name, value in found.items()
    ]


def test_a_unit_counts_where_as_many_images_excite_it_as_are_looked_at():
    measured = [
        *rows("unit", 0, 99, {8: (8, 0.0), 16: (12, 1.0)}),
        *rows("unit", 3, 10, {8: (6, 0.5), 16: (4, 2.0)}),
        *rows("direction", 0, 99, {8: (4, 1.5), 16: (4, 2.5)}),
        *rows("chance", 0, 99, {8: (2, 2.5), 16: (3, 3.0)}),
    ]
    asked = "select top, basis, units, others, same, others_same, entropy, others_entropy, values from unit_coherence"
    found = tables(models=[A], probes=[PROBE], measured=measured).execute(asked).fetchall()
    assert found == [
        (8, "chance", 2, 1, 7.0, 2.0, 0.25, 2.5, [0.0, 0.5]),
        (8, "direction", 2, 1, 7.0, 4.0, 0.25, 1.5, [0.0, 0.5]),
        (16, "chance", 1, 1, 12.0, 3.0, 1.0, 3.0, [1.0]),
        (16, "direction", 1, 1, 12.0, 4.0, 1.0, 2.5, [1.0]),
    ]


def test_the_share_of_exchanges_that_differ_as_much_is_that_of_all_there_are():
    values, others = [0.1, 0.4, 0.35, 0.8], [0.9, 0.7, 1.3, 0.95, 0.5]
    pool, middle = values + others, sum(values + others) / 9
    sums = [abs(sum(chosen) - 4 * middle) for chosen in itertools.combinations(pool, 4)]
    exact = sum(one >= abs(sum(values) - 4 * middle) - 1e-12 for one in sums) / len(sums)
    assert 0.01 < exact < 0.2 and permutation_test(values, others) == pytest.approx(exact, abs=0.01)


def test_equal_groups_have_p_1_and_p_is_never_0():
    assert permutation_test([1.0, 1.0], [1.0, 1.0, 1.0]) == 1
    assert permutation_test([0.0] * 40, [1.0] * 40) == 1 / 10_000
    assert permutation_test([], [1.0]) is None


def test_lists_are_left_out_of_what_people_see():
    (row,) = exchanged([{"layer": "1", "values": [0.0] * 20, "other_values": [1.0] * 20}])
    assert row == {"layer": "1", "p": 1 / 10_000, "p_holm": 1 / 10_000}
