import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, bootstrap, chi2_contingency, t

from analysis.statistics import (
    bootstrap_mean,
    holm,
    jackknife,
    mcnemar,
    newcombe,
    paired_difference,
    score_test,
    wilson,
)

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


@given(COUNTS, COUNTS)
def test_the_score_test_is_pearsons_chi_squared_without_correction(one, other):
    table = [[fooled, n - fooled] for fooled, n in (one, other)]
    if 0 in (table[0][0] + table[1][0], table[0][1] + table[1][1]):
        assert score_test(*one, *other) == 1
    else:
        theirs = chi2_contingency(table, correction=False).pvalue
        assert score_test(*one, *other) == pytest.approx(theirs, rel=1e-6, abs=1e-300)


def test_nothing_counted_is_not_tested():
    assert score_test(0, 0, 1, 2) is None
    assert score_test(1, 2, 0, 0) is None


def test_holms_correction_is_the_one_of_r():
    # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_missing_test_is_none_and_does_not_count():
    assert holm([None, 0.02, 0.6, None]) == [None, 0.04, 0.6, None]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_a_corrected_p_is_in_the_same_order_and_never_smaller_than_it_was_nor_than_bonferroni_allows(values):
    corrected = holm(values)
    assert all(p <= new <= min(1, p * len(values)) for p, new in zip(values, corrected, strict=True))
    assert [corrected[i] for i in sorted(range(len(values)), key=values.__getitem__)] == sorted(corrected)


def test_the_bootstrap_of_clusters_of_one_is_that_of_scipy():
    sizes = [0.03, 0.05, 0.06, 0.06, 0.08, 0.09, 0.12, 0.2] * 5
    theirs = bootstrap((sizes,), lambda x, axis: x.mean(axis), n_resamples=20000, method="percentile", rng=1)
    low, high = bootstrap_mean(sizes, [1.0] * len(sizes))
    assert (low, high) == pytest.approx(theirs.confidence_interval, abs=0.001)
    assert bootstrap_mean(sizes, [1.0] * len(sizes)) == (low, high)


def test_clusters_drawn_together_are_worth_as_many_as_they_are_and_not_what_they_hold():
    sizes = [0.03, 0.05, 0.06, 0.09, 0.12, 0.2]
    assert bootstrap_mean([3 * size for size in sizes], [3.0] * 6) == pytest.approx(bootstrap_mean(sizes, [1.0] * 6))
    assert bootstrap_mean([0.1], [1.0]) is None


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=9).filter(lambda values: max(values) - min(values) > 1e-3))
def test_the_jackknife_of_a_mean_is_students_interval(values):
    n, mean = len(values), sum(values) / len(values)
    error = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    without_one = [(sum(values) - value) / (n - 1) for value in values]
    assert jackknife(mean, without_one) == pytest.approx(t.interval(0.95, n - 1, mean, error), abs=1e-9)


def test_one_cluster_says_nothing_of_others():
    assert jackknife(0.5, []) is None
    assert jackknife(0.5, [0.4]) is None


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemars_test_is_the_binomial_test_of_those_that_fool_one_alone(one, other):
    if one + other:
        assert mcnemar(one, other) == pytest.approx(binomtest(one, one + other).pvalue)
        assert mcnemar(one, other) == mcnemar(other, one)
    else:
        assert mcnemar(one, other) is None


def test_the_interval_of_a_paired_difference_covers_it_as_often_as_it_says():
    # All tables of 40 images, each as often as it comes: of every ten images three fool the one alone, one the other.
    n, likely, covered = 40, (0.3, 0.1), 0.0
    for one in range(n + 1):
        weight = binom.pmf(one, n, likely[0])
        for other, more in enumerate(binom.pmf(range(n + 1 - one), n - one, likely[1] / (1 - likely[0]))):
            low, high = paired_difference(one, other, n)
            covered += weight * more * (low <= likely[0] - likely[1] <= high)
    assert 0.94 <= covered <= 0.96
    assert paired_difference(0, 0, 0) is None


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 100))
def test_the_interval_of_a_paired_difference_turns_round_with_its_sides(one, other, more):
    n = one + other + more + 1
    low, high = paired_difference(one, other, n)
    assert paired_difference(other, one, n) == pytest.approx((-high, -low))
    assert -1 <= low < high <= 1
