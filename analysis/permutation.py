"""Whether two groups differ, when nothing is known of how their values are spread."""

from collections.abc import Sequence

import numpy as np


def permutation_test(values: Sequence[float], others: Sequence[float], draws: int = 9_999) -> float | None:
    """The two-sided p of equal means: how often groups of these sizes drawn from all values differ as much.

    From a fixed seed. The groups as they are count as one of the draws, so that p is never 0 (Phipson & Smyth 2010).
    None where a group is empty.
    """
    if not len(values) or not len(others):
        return None
    pool = np.concatenate([np.asarray(values, float), np.asarray(others, float)])
    shuffled = np.random.default_rng(0).permuted(np.tile(pool, (draws, 1)), axis=1)
    # With the sum of all given, the difference of the means rises with the sum of the first group.
    count = len(values)
    middle = pool.mean() * count
    seen, found = abs(pool[:count].sum() - middle), np.abs(shuffled[:, :count].sum(axis=1) - middle)
    return float(1 + np.count_nonzero(found >= seen - 1e-12 * max(1.0, abs(middle)))) / (draws + 1)
