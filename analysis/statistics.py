"""How sure a counted rate, a mean size or an effect is: what SQL cannot compute.

Of many squares together `analysis.bootstrap` says it, of families `analysis.family`, of groups of values
`analysis.permutation`, of shares of variance `analysis.shares`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import bdtr, stdtrit

Z95 = 1.959963984540054  # the normal quantile that leaves 2.5% on each side


class Interval(NamedTuple):
    """From where to where a rate may lie."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def wilson(fooled: float, n: float, z: float = Z95) -> Interval | None:
    """The Wilson score interval of `fooled` out of `n`; None where nothing was counted.

    Both may be fractions: squares that share their images are worth fewer images than they hold.
    Wilson 1927; Brown, Cai and DasGupta 2001 recommend it at every n.
    """
    if n <= 0:
        return None
    rate, weight = fooled / n, z * z / n
    middle = (rate + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(rate * (1 - rate) / n + weight / (4 * n))
    # At the ends the bound is 0 or 1 by algebra, and only nearly so in floating point.
    return Interval(0.0 if fooled <= 0 else middle - half, 1.0 if fooled >= n else middle + half)


def newcombe(fooled: float, n: float, other_fooled: float, other_n: float, z: float = Z95) -> Interval | None:
    """The interval of the first rate minus the second, of independent images; None where either has none.

    Newcombe 1998, method 10: the Wilson bounds of the two rates, joined by the square-root rule.
    """
    one, other = wilson(fooled, n, z), wilson(other_fooled, other_n, z)
    if one is None or other is None:
        return None
    rate, other_rate = fooled / n, other_fooled / other_n
    difference = rate - other_rate
    return Interval(
        difference - math.hypot(rate - one.low, other.high - other_rate),
        difference + math.hypot(one.high - rate, other_rate - other.low),
    )


def score_test(fooled: float, n: float, other_fooled: float, other_n: float) -> float | None:
    """The two-sided p of two equal rates; None where either has no images.

    The test that belongs to Wilson's interval: the normal deviate over the pooled rate (Pearson's chi-squared).
    """
    if n <= 0 or other_n <= 0:
        return None
    pooled = (fooled + other_fooled) / (n + other_n)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n)) if 0 < pooled < 1 else 0.0
    return math.erfc(abs(fooled / n - other_fooled / other_n) / error / math.sqrt(2)) if error else 1.0


def mcnemar(only_one: int, only_other: int) -> float | None:
    """The exact two-sided p of images that fool one of two and not the other; None where there is no such image.

    McNemar 1947, in its exact form: of the images that tell the two apart, half fool either by chance.
    """
    apart = only_one + only_other
    if not apart:
        return None
    return min(1.0, 2 * float(bdtr(min(only_one, only_other), apart, 0.5)))


def paired_difference(only_one: int, only_other: int, n: int, z: float = Z95) -> Interval | None:
    """The 95% interval of the difference of two rates over the same n images; None without any.

    Bonett and Price 2012: Wald's interval, with one image more that fools the one alone and one the other alone.
    """
    if n <= 0:
        return None
    one, other = (only_one + 1) / (n + 2), (only_other + 1) / (n + 2)
    half = z * math.sqrt((one + other - (one - other) ** 2) / (n + 2))
    return Interval(max(-1.0, one - other - half), min(1.0, one - other + half))


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Each p corrected for all that are asked at once, in the same order; a test that is missing counts as none.

    Holm 1979: the smallest is multiplied by how many there are, the next by one less, and none falls below the last.
    """
    ranked = sorted((value, index) for index, value in enumerate(values) if value is not None)
    corrected: list[float | None] = [None] * len(values)
    least = 0.0
    for rank, (value, index) in enumerate(ranked):
        least = max(least, min(1.0, value * (len(ranked) - rank)))
        corrected[index] = least
    return corrected


def bootstrap_mean(sums: Sequence[float], counts: Sequence[float], draws: int = 2000) -> Interval | None:
    """The 95% interval of the mean of sizes that come in clusters, each given by its sum and its count.

    Clusters (images, each seen by several seeds) are drawn again, from a fixed seed; percentiles of Efron 1979.
    """
    if len(sums) < 2:
        return None
    chosen = np.random.default_rng(0).integers(0, len(sums), (draws, len(sums)))
    means = np.asarray(sums, float)[chosen].sum(axis=1) / np.asarray(counts, float)[chosen].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(low), float(high))


def jackknife(estimate: float, without_one: Sequence[float]) -> Interval | None:
    """The 95% interval of an estimate, given what it is without each of its clusters; None for fewer than two.

    Tukey 1958. It holds where a pair of clusters makes one observation, as a surrogate's and a target's seed do: the
    variance comes out too large rather than too small (Efron and Stein 1981). Student's t with clusters - 1 degrees.
    """
    clusters = len(without_one)
    if clusters < 2:
        return None
    middle = sum(without_one) / clusters
    variance = (clusters - 1) / clusters * sum((value - middle) ** 2 for value in without_one)
    half = float(stdtrit(clusters - 1, 0.975)) * math.sqrt(variance)
    return Interval(estimate - half, estimate + half)
