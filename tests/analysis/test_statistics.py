import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from analysis.statistics import newcombe, wilson

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS)
def test_the_wilson_interval_is_the_one_of_scipy(counted):
    fooled, n = counted
    theirs = binomtest(fooled, n).proportion_ci(method="wilson")
    assert wilson(fooled, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_nothing_counted_has_no_interval():
    assert wilson(0, 0) is None
    assert newcombe(1, 2, 0, 0) is None
    assert newcombe(0, 0, 1, 2) is None


@given(COUNTS, st.integers(1, 9))
def test_an_interval_holds_its_rate_stays_within_0_and_1_and_widens_as_images_are_shared(counted, shared):
    fooled, n = counted
    low, high = wilson(fooled, n)
    assert 0 <= low <= fooled / n <= high <= 1
    wider = wilson(fooled / shared, n / shared)
    assert wider.low <= low + 1e-12 and wider.high >= high - 1e-12


# Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10.
@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0000)),
        ((10, 10, 0, 10), (0.6075, 1.0000)),
    ],
)
def test_the_interval_of_a_difference_is_the_one_that_newcombe_printed(counts, expected):
    assert newcombe(*counts) == pytest.approx(expected, abs=5e-5)


@given(COUNTS, COUNTS)
def test_the_interval_of_a_difference_turns_round_with_its_sides(one, other):
    low, high = newcombe(*one, *other)
    turned = newcombe(*other, *one)
    assert turned == pytest.approx((-high, -low), abs=1e-12)
    assert low <= one[0] / one[1] - other[0] / other[1] <= high
    assert not math.isnan(low)
