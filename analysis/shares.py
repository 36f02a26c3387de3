"""What explains who fools whom: the variance of transfer over ordered pairs of models, shared out.

    logit T = surrogate + target + same architecture + same split + both + residual

Effects are taken out in this order (family and split get what surrogates and targets leave). From each sum of squares
goes what the residual puts into it, and from the residual the binomial noise of counting so many images, as in an
analysis of variance with random effects (Searle, Casella and McCulloch 1992). The interaction `both` is what pairs of
the same architecture and split have beyond the two. Intervals leave each model out in turn, with all of its squares.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.statistics import Interval

Values = NDArray[np.float64]
TERMS = ("surrogate", "target", "same architecture", "same split", "both", "residual")


@dataclass(frozen=True)
class Model:
    """What a model is, apart from its seed."""

    name: Hashable
    architecture: Hashable
    split: Hashable


@dataclass(frozen=True)
class Pair:
    """One square: k of n images are fooled."""

    surrogate: Model
    target: Model
    k: float
    n: float


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
    table = _Table([pair for pair in pairs if pair.n > 0 and pair.surrogate != pair.target])
    found = table.parts(np.ones(len(table.logits), bool))
    if found is None:
        return []
    variances, effects = found
    total = variances.sum()
    intervals = _intervals(variances / total, table)
    shown = [None, None, *(None if math.isnan(effect) else float(effect) for effect in effects), None]
    return [
        Share(term, float(variance), float(variance / total), interval, effect)
        for term, variance, interval, effect in zip(TERMS, variances, intervals, shown, strict=True)
    ]


class _Table:
    """Pairs as columns of numbers."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        sides = [model for pair in pairs for model in (pair.surrogate, pair.target)]
        self.models = list(dict.fromkeys(sides))
        places = {model: place for place, model in enumerate(self.models)}
        self.surrogates = np.array([places[pair.surrogate] for pair in pairs], int)
        self.targets = np.array([places[pair.target] for pair in pairs], int)
        k, n = (np.array([getattr(pair, name) for pair in pairs], float) for name in ("k", "n"))
        # The empirical logit and its variance (Haldane 1955, Anscombe 1956): finite where none or all are fooled.
        self.logits = np.log((k + 0.5) / (n - k + 0.5))
        self.noise = 1 / (k + 0.5) + 1 / (n - k + 0.5)
        architecture = np.array([pair.surrogate.architecture == pair.target.architecture for pair in pairs], float)
        split = np.array([pair.surrogate.split == pair.target.split for pair in pairs], float)
        self.kinds = np.column_stack([architecture, split, architecture * split]) if pairs else np.zeros((0, 3))

    def parts(self, kept: NDArray[np.bool_]) -> tuple[Values, Values] | None:
        """The variance of each term over the squares that are kept, and the three effects of kinds of pairs."""
        surrogates, targets = (_dummies(side[kept]) for side in (self.surrogates, self.targets))
        design = np.hstack([surrogates, targets])
        if len(design) <= design.shape[1] + self.kinds.shape[1]:
            return None
        inverse, rank = _inverse(design.T @ design)
        coefficients = inverse @ (design.T @ self.logits[kept])
        left = self.logits[kept] - design @ coefficients
        kinds = self.kinds[kept] - design @ (inverse @ (design.T @ self.kinds[kept]))
        explained, effects, left = _in_turn(kinds, left)
        freedom = len(design) - rank - np.count_nonzero(~np.isnan(effects))
        error = float(left @ left) / freedom
        count = surrogates.shape[1]
        sides = [_spread(coefficients[side], inverse[side, side], error) for side in (slice(count), slice(count, None))]
        of_kinds = np.where(np.isnan(effects), 0.0, explained - error) / len(design)
        variances = np.maximum([*sides, *of_kinds, error - self.noise[kept].mean()], 0.0)
        return (variances, effects) if variances.sum() > 0 else None


def _in_turn(kinds: Values, left: Values) -> tuple[Values, Values, Values]:
    """What each kind of pair explains of what the ones before have left; NaN for a kind that no more tells apart."""
    explained, effects = np.zeros(kinds.shape[1]), np.full(kinds.shape[1], math.nan)
    for place in range(kinds.shape[1]):
        kind = kinds[:, place]
        size = float(kind @ kind)
        if size > 1e-9 * len(kind):
            effects[place] = kind @ left / size
            explained[place] = effects[place] ** 2 * size
            left = left - effects[place] * kind
            later = kinds[:, place + 1 :]
            kinds[:, place + 1 :] = later - np.outer(kind, kind @ later / size)
    return explained, effects, left


def _inverse(squares: Values) -> tuple[Values, int]:
    """The pseudo-inverse of a matrix of sums of squares and products, and its rank."""
    sizes, directions = np.linalg.eigh(squares)
    directions, sizes = directions[:, sizes > 1e-9 * sizes[-1]], sizes[sizes > 1e-9 * sizes[-1]]
    return directions / sizes @ directions.T, len(sizes)


def _spread(effects: Values, inverse: Values, error: float) -> float:
    """The variance of effects, less what they vary because they are estimated."""
    if len(effects) < 2:
        return 0.0
    uncertain = error * (np.trace(inverse) - inverse.mean(axis=0).sum()) / (len(effects) - 1)
    return float(effects.var(ddof=1) - uncertain)


def _dummies(side: NDArray[np.int64]) -> Values:
    names, places = np.unique(side, return_inverse=True)
    return np.eye(len(names))[places]


def _intervals(shares: Values, table: _Table) -> list[Interval | None]:
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
    variance, squared = np.zeros(len(shares)), np.zeros(len(shares))
    for cell, size in sizes.items():
        values = _logit(np.array([one for one, of in zip(without, cells, strict=True) if of == cell]))
        of_cell = (size - 1) / size * ((values - values.mean(axis=0)) ** 2).sum(axis=0)
        variance, squared = variance + of_cell, squared + of_cell**2 / (size - 1)
    # Satterthwaite's degrees of freedom: fewer where the seeds of few cells make most of the variance. Halved, since a
    # share is of squares of effects, whose spread is known about half as well as that of normal values.
    freedom = np.divide(variance**2, 2 * squared, out=np.ones_like(variance), where=squared > 0)
    half = stdtrit(np.maximum(freedom, 1), 0.975) * np.sqrt(variance)
    middle = _logit(shares)
    return [Interval(*_share(np.array([m - h, m + h])).tolist()) for m, h in zip(middle, half, strict=True)]


def _logit(shares: Values) -> Values:
    clipped = np.clip(shares, 1e-4, 1 - 1e-4)
    logits: Values = np.log(clipped / (1 - clipped))
    return logits


def _share(logits: Values) -> Values:
    shares: Values = 1 / (1 + np.exp(-logits))
    return shares
