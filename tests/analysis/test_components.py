import numpy as np
import pytest

from analysis.components import Table
from benchmarks.simulated import Factorial, factorial


def test_what_a_square_has_of_its_own_moves_each_term_as_far_as_when_it_is_nudged():
    table = Table(factorial(Factorial(architectures=3, seeds=3, images=10**6), np.random.default_rng(0)))
    every = np.ones(len(table.logits), bool)
    (before, _), moves = table.parts(every), table.influences()
    for square in range(0, len(every), 31):
        table.logits[square] += 1e-5
        slopes = (table.parts(every)[0] - before) / 1e-5
        table.logits[square] -= 1e-5
        # Linear in what is left, so in proportion to the slopes, but for the little that the error takes from each.
        found, expected = moves[square, :5] / np.abs(moves[square, :5]).max(), slopes[:5] / np.abs(slopes[:5]).max()
        assert np.abs(found) == pytest.approx(np.abs(expected), abs=0.08)
