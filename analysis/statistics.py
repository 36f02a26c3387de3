"""How sure a counted rate is: what SQL cannot compute."""

import math
from typing import NamedTuple

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
