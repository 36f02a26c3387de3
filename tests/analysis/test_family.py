import numpy as np
import pytest
from scipy.stats import pearsonr

from analysis.family import additive, family_effect

FAMILIES = ["cnn"] * 4 + ["mlp"] * 4


def planted(families, effect, noise=0.0, seed=0):
    """Logits of a surrogate's strength, a target's weakness, and more within a family."""
    random = np.random.default_rng(seed)
    models = len(families)
    same = np.equal.outer(families, families)
    logits = random.normal(0, 2, (models, 1)) + random.normal(0, 2, models) + effect * same
    return logits + noise * random.normal(size=(models, models))


def test_the_effect_of_a_family_is_found_beside_strong_surrogates_and_fragile_targets():
    found = family_effect(planted(FAMILIES, 0.7), FAMILIES)
    assert found.value == pytest.approx(0.7)
    # Of the 35 ways to deal out two families of four only one is as good as the one that was planted.
    assert found.p == pytest.approx(1 / 35, abs=0.005)


def test_squares_that_have_not_been_run_and_the_diagonal_do_not_matter():
    logits = planted(FAMILIES, 0.7)
    logits[[0, 3, 5, 2], [1, 6, 7, 2]] = np.nan
    logits[4, 4] = 99
    assert family_effect(logits, FAMILIES).value == pytest.approx(0.7)


def test_what_a_surrogate_or_a_target_adds_to_all_its_squares_changes_nothing():
    random = np.random.default_rng(1)
    logits = planted(FAMILIES, 0.2, noise=0.5)
    moved = logits + random.normal(0, 9, (8, 1)) + random.normal(0, 9, 8)
    assert family_effect(moved, FAMILIES) == pytest.approx(family_effect(logits, FAMILIES))


def test_the_coefficient_is_that_of_least_squares():
    logits = planted(FAMILIES, 0.3, noise=1.0)
    rows, columns = np.nonzero(~np.eye(8, dtype=bool))
    dummies = [rows[:, None] == np.arange(8), columns[:, None] == np.arange(8)]
    same = np.equal.outer(FAMILIES, FAMILIES)[rows, columns]
    design = np.column_stack([same, *dummies]).astype(float)
    expected = np.linalg.lstsq(design, logits[rows, columns], rcond=None)[0][0]
    assert family_effect(logits, FAMILIES, draws=9).value == pytest.approx(expected)
    basis = additive(rows, columns, 8)
    assert basis.shape == (56, 15)  # eight effects and eight, of which one sum says nothing
    left = [one - basis @ (basis.T @ one) for one in (logits[rows, columns], same.astype(float))]
    assert pearsonr(*left).statistic > 0


def test_seeds_of_a_network_are_of_one_family_together():
    # Twenty models, but four networks of two families: of three ways to pair networks one is the planted one.
    networks = [network for network in "abcd" for _ in range(5)]
    families = [{"a": "cnn", "b": "cnn", "c": "mlp", "d": "mlp"}[network] for network in networks]
    found = family_effect(planted(families, 0.7), families, units=networks)
    assert found.p == pytest.approx(1 / 3, abs=0.02)
    assert family_effect(planted(families, 0.7), families).p < 0.001


def test_families_are_dealt_out_within_strata_alone():
    # In each of two strata two models: four ways in all, and two of them are the planted one.
    strata, families = [0, 0, 1, 1], ["x", "y", "x", "y"]
    assert family_effect(planted(families, 0.7), families, strata=strata).p == pytest.approx(1 / 2, abs=0.02)


@pytest.mark.parametrize("families", [["cnn"] * 8, list("abcdefgh")], ids=["one family", "each its own"])
def test_there_is_nothing_to_compare_without_pairs_of_both_kinds(families):
    assert family_effect(planted(families, 0.0), families) is None
    assert family_effect(np.full((8, 8), np.nan), FAMILIES) is None


def test_without_an_effect_of_families_few_studies_seem_to_have_one():
    # Forty studies, five percent of them by chance: more than six would be seen in one of seventy.
    found = [family_effect(planted(FAMILIES, 0.0, 1.0, seed), FAMILIES, draws=199).p for seed in range(40)]
    assert sum(p < 0.05 for p in found) <= 6
