"""What explains who fools whom: the variance of transfer over ordered pairs of models, shared out.

    logit T = surrogate + target + same architecture + same split + both + residual

Effects are taken out in this order (family and split get what surrogates and targets leave). From each sum of squares
goes what the residual puts into it, and from the residual the binomial noise of counting so many images, as in an
analysis of variance with random effects (Searle, Casella and McCulloch 1992). The interaction `both` is what pairs of
the same architecture and split have beyond the two. Intervals leave each model out in turn, with all of its squares.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analysis.components import Pair, Table, Values
from analysis.statistics import Interval

TERMS = ("surrogate", "target", "same architecture", "same split", "both", "residual")


@dataclass(frozen=True)
class Share:
    """How much of the variance a term explains; effect is how far a pair of that kind lies above others, in logits."""

    term: str
    variance: float
    share: float
    interval: Interval | None
    effect: float | None


def variance_shares(pairs: Sequence[Pair]) -> list[Share]:
    """The share of each term, in the order of TERMS; none where squares are too few or do not vary.

    Pairs of one model and squares without images are left out. There are no intervals unless every architecture and
    split has two models: what another seed would change is not known without another seed.
    """
    table = Table([pair for pair in pairs if pair.n > 0 and pair.surrogate != pair.target])
    found = table.parts(np.ones(len(table.logits), bool))
    if found is None:
        return []
    variances, effects = found
    total = variances.sum()
    intervals = _intervals(variances / total, table, float(total))
    shown = [None, None, *(None if math.isnan(effect) else float(effect) for effect in effects), None]
    return [
        Share(term, float(variance), float(variance / total), interval, effect)
        for term, variance, interval, effect in zip(TERMS, variances, intervals, shown, strict=True)
    ]


def _intervals(shares: Values, table: Table, total: float) -> list[Interval | None]:
    """The 95% intervals of shares: each model left out in turn within its architecture and split, Student's t.

    The jackknife is taken of logits of shares, which keeps intervals within 0 and 1.
    """
    cells = [(model.architecture, model.split) for model in table.models]
    sizes = Counter(cells)
    if min(sizes.values()) < 2:
        return [None] * len(shares)
    without = []
    for place in range(len(cells)):
        found = table.parts((table.surrogates != place) & (table.targets != place))
        if found is None:
            return [None] * len(shares)
        without.append(found[0] / found[0].sum())
    # Without one of N models a mean moves by how far it lies off, over N - 1. From its cell's mean it lies less far
    # off than from what is expected of the cell: n / (n - 1).
    moved = (len(cells) - 1) / len(cells) * _logit(np.array(without))
    variance, squared = np.zeros(len(shares)), np.zeros(len(shares))
    for cell, size in sizes.items():
        values = moved[[one == cell for one in cells]]
        of_cell = size / (size - 1) * ((values - values.mean(axis=0)) ** 2).sum(axis=0)
        variance, squared = variance + of_cell, squared + of_cell**2 / (size - 1)
    # Satterthwaite's degrees of freedom: fewer where the seeds of few cells make most of the variance.
    freedom = np.divide(variance**2, squared, out=np.ones_like(variance), where=squared > 0)
    # What a square has of its own goes with its surrogate and again with its target, and so is in it twice (Aronow,
    # Samii and Assenova 2015).
    variance = np.maximum(variance - _of_squares(table, shares, total), variance / 2)
    half = stdtrit(np.maximum(freedom, 1), 0.975) * np.sqrt(variance)
    middle = _logit(shares)
    return [Interval(*_share(np.array([m - h, m + h])).tolist()) for m, h in zip(middle, half, strict=True)]


def _of_squares(table: Table, shares: Values, total: float) -> Values:
    """The variance of logits of shares that comes of what each square has of its own."""
    moves = table.influences() / total
    of_shares = moves - shares * moves.sum(axis=1, keepdims=True)
    clipped = np.clip(shares, 1e-4, 1 - 1e-4)
    variance: Values = ((of_shares / (clipped * (1 - clipped))) ** 2).sum(axis=0)
    return variance


def _logit(shares: Values) -> Values:
    clipped = np.clip(shares, 1e-4, 1 - 1e-4)
    logits: Values = np.log(clipped / (1 - clipped))
    return logits


def _share(logits: Values) -> Values:
    shares: Values = 1 / (1 + np.exp(-logits))
    return shares
