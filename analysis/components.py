"""The logits of squares taken apart: how much surrogates, targets and kinds of pairs vary, and what is left."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


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


class Table:
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

    def influences(self) -> Values:
        """How far the variance of each term moves with what each square has of its own, a row for each square.

        The derivative at what is left of the square when everything else is fitted: linear for surrogates, targets and
        kinds of pairs, its square for the residual.
        """
        surrogates, targets = _dummies(self.surrogates), _dummies(self.targets)
        design = np.hstack([surrogates, targets])
        inverse, rank = _inverse(design.T @ design)
        moves = inverse @ design.T
        coefficients = moves @ self.logits
        kinds = self.kinds - design @ (moves @ self.kinds)
        _, effects, left = _in_turn(kinds, self.logits - design @ coefficients)
        freedom = len(design) - rank - np.count_nonzero(~np.isnan(effects))
        error = float(left @ left) / freedom
        of_error = (left**2 - error) / freedom
        count = surrogates.shape[1]
        sides = [slice(count), slice(count, None)]
        middle = [coefficients[side] - coefficients[side].mean() for side in sides]
        of_sides = [
            2 * (one @ moves[side]) * left / max(len(one) - 1, 1) for one, side in zip(middle, sides, strict=True)
        ]
        of_kinds = 2 * np.nan_to_num(effects) * kinds * left[:, None] / len(design)
        return np.column_stack([*of_sides, of_kinds, of_error])


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
