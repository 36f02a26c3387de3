import numpy as np
import pytest

from analysis.components import Model, Pair
from analysis.shares import TERMS, variance_shares
from benchmarks.simulated import Factorial, factorial, planted_shares

IMAGES = 10**9  # so many that counting adds no noise


def study(logit, architectures=3, splits=2, seeds=3):
    """All ordered pairs, each fooled exactly as often as its logit says."""
    models = [Model((a, s, seed), a, s) for a in range(architectures) for s in range(splits) for seed in range(seeds)]
    pairs = [(one, other) for one in models for other in models if one != other]
    return [Pair(one, other, IMAGES / (1 + np.exp(-logit(one, other))), IMAGES) for one, other in pairs]


def is_like(one, other):
    return one.architecture == other.architecture, one.split == other.split


@pytest.mark.parametrize(
    ("term", "logit"),
    [
        ("surrogate", lambda one, other: 0.2 * one.architecture + 0.1 * one.name[2]),
        ("target", lambda one, other: 0.2 * other.architecture + 0.1 * other.name[2]),
        ("same architecture", lambda one, other: 0.5 * is_like(one, other)[0]),
        ("same split", lambda one, other: 0.5 * is_like(one, other)[1]),
        ("residual", lambda one, other: 0.3 * np.sin(float(hash((one.name, other.name)) % 1000))),
    ],
)
def test_what_only_one_term_makes_is_that_terms_share(term, logit):
    shares = {share.term: share for share in variance_shares(study(logit))}
    assert tuple(shares) == TERMS
    assert shares[term].share > 0.9
    low, high = shares[term].interval
    assert low - 1e-3 <= shares[term].share <= high + 1e-3
    assert sum(share.share for share in shares.values()) == pytest.approx(1)


def test_effects_are_told_in_logits_and_the_interaction_is_what_pairs_of_both_have_beyond_the_two():
    def logit(one, other):
        architecture, split = is_like(one, other)
        return 0.4 * architecture + 0.3 * split + 0.6 * (architecture and split)

    shares = {share.term: share for share in variance_shares(study(logit))}
    # An architecture's other seeds are of the same split more seldom than not: 2 of 5 pairs.
    assert shares["both"].effect == pytest.approx(0.6, abs=1e-6)
    assert shares["same architecture"].effect == pytest.approx(0.4 + 0.6 * 2 / 5, abs=0.05)
    assert shares["residual"].variance == pytest.approx(0, abs=1e-9)


def test_the_noise_of_counting_few_images_is_taken_out_of_the_residual():
    planted = Factorial(seeds=2, images=60, residual=0.3)
    found = [variance_shares(factorial(planted, np.random.default_rng(seed)))[-1].variance for seed in range(8)]
    assert np.mean(found) == pytest.approx(0.09, abs=0.03)  # the noise itself is about as large


def test_a_study_of_one_seed_has_shares_without_intervals():
    shares = variance_shares(study(lambda one, other: 0.2 * one.architecture + 0.1 * other.split, 4, 2, 1))
    assert [share.interval for share in shares] == [None] * 6


def test_squares_without_images_and_the_diagonal_change_nothing():
    pairs = factorial(Factorial(seeds=2), np.random.default_rng(0))
    one = pairs[0].surrogate
    assert variance_shares([*pairs, Pair(one, one, 5, 9), Pair(one, pairs[5].target, 0, 0)]) == variance_shares(pairs)


def test_where_no_pair_differs_in_kind_that_kind_explains_nothing():
    shares = {share.term: share for share in variance_shares(study(lambda one, other: 0.1 * one.name[2], 3, 1, 3))}
    assert (shares["same split"].share, shares["same split"].effect) == (0.0, None)
    assert (shares["both"].share, shares["both"].effect) == (0.0, None)


def test_too_few_squares_have_no_shares():
    assert variance_shares([]) == []
    assert variance_shares(study(lambda one, other: 0.0, 1, 1, 2)) == []


def test_intervals_hold_the_planted_shares_as_often_as_they_say():
    # Twelve studies of six shares: fewer than 62 of 72 would be seen in one of a hundred. Long form: make coverage.
    planted = Factorial(seeds=4)
    truth = planted_shares(planted)
    hits = 0
    for seed in range(12):
        found = variance_shares(factorial(planted, np.random.default_rng(seed)))
        hits += sum(one.interval.low <= share <= one.interval.high for one, share in zip(found, truth, strict=True))
    assert hits >= 62
