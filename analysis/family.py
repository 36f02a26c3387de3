"""Whether families explain who fools whom: a permutation test over models, never over squares."""

from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Labels = NDArray[np.int64]
BLOCK = 500  # how many permutations are held at once
TINY = 1e-9


class Effect(NamedTuple):
    """How far squares within a family lie above others, and the two-sided p of no such effect."""

    value: float
    p: float


def family_effect(
    transfer: ArrayLike,
    families: Sequence[Hashable],
    *,
    units: Sequence[Hashable] | None = None,
    strata: Sequence[Hashable] | None = None,
    draws: int = 9_999,
) -> Effect | None:
    """Whether family explains transfer[surrogate, target] (logits, say) beyond strong surrogates and fragile targets.

    The value is the coefficient of `same family` beside one effect for each surrogate and one for each target. For p,
    families are dealt out again among the models, and the partial correlation compared: Mantel 1967, with effects taken
    out as in Smouse, Long and Sokal 1986; the families as they are count as one of the draws (Phipson and Smyth 2010).
    NaN is a square that has not been run; the diagonal is left out. Models of one unit (the seeds of a network, where a
    family is one of networks) keep one family together. Families are dealt out within `strata` (splits, say) alone.
    None where nothing is left to compare: every pair is of one family, or none is.
    """
    values = np.asarray(transfer, float)
    surrogates, targets = np.nonzero(~np.isnan(values) & ~np.eye(len(values), dtype=bool))
    if not len(surrogates):
        return None
    effects = additive(surrogates, targets, len(values))
    left = values[surrogates, targets]
    left = left - effects @ (effects.T @ left)
    labels = _codes(families)

    def fitted(dealt: Labels) -> tuple[Values, Values]:
        """For each way to deal out families: how far `same family` goes with what is left, and its own size."""
        same = (dealt[:, surrogates] == dealt[:, targets]).astype(float)
        size = (same**2).sum(axis=1) - ((same @ effects) ** 2).sum(axis=1)
        return same @ left, np.maximum(size, 0.0)

    (product,), (size,) = fitted(labels[None])
    if size < TINY:
        return None
    reached = 1
    for dealt in _dealt(labels, _codes(units or range(len(labels))), _codes(strata or [0] * len(labels)), draws):
        products, sizes = fitted(dealt)
        correlations = np.where(sizes < TINY, 0.0, np.abs(products) / np.sqrt(np.maximum(sizes, TINY)))
        reached += int(np.count_nonzero(correlations >= abs(product) / np.sqrt(size) - TINY))
    return Effect(float(product / size), reached / (draws + 1))


def additive(surrogates: NDArray[np.intp], targets: NDArray[np.intp], models: int) -> Values:
    """An orthonormal basis of everything that is a surrogate's effect plus a target's, over some squares."""
    squares = np.arange(len(surrogates))
    design = np.zeros((len(squares), 2 * models))
    design[squares, surrogates] = 1
    design[squares, models + targets] = 1
    basis, sizes, _ = np.linalg.svd(design, full_matrices=False)
    kept: Values = basis[:, sizes > TINY * max(sizes, default=1.0)]
    return kept


def _dealt(labels: Labels, units: Labels, strata: Labels, draws: int) -> Iterator[Labels]:
    """The families dealt out again among units of one stratum, from a fixed seed, some draws at a time."""
    random = np.random.default_rng(0)
    first = np.unique(units, return_index=True)[1]  # a model of each unit
    for begin in range(0, draws, BLOCK):
        dealt = np.tile(labels[first], (min(BLOCK, draws - begin), 1))
        for stratum in np.unique(strata[first]):
            places = np.flatnonzero(strata[first] == stratum)
            dealt[:, places] = random.permuted(dealt[:, places], axis=1)
        yield dealt[:, units]


def _codes(names: Sequence[Hashable]) -> Labels:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names])
