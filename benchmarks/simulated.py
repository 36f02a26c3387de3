"""Studies with planted effects: what intervals must cover, and how often they do."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.bootstrap import Squares
from analysis.components import Model, Pair

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class Planted:
    """How far logits spread between seeds of the surrogate, seeds of the target, images, and all three together."""

    middle: float
    surrogates: float = 0.4
    targets: float = 0.4
    images: float = 1.0
    each: float = 0.5

    @property
    def rate(self) -> float:
        """The rate that endless seeds and images would give, by quadrature."""
        spread = np.sqrt(self.surrogates**2 + self.targets**2 + self.images**2 + self.each**2)
        return float(WEIGHTS @ logistic(self.middle + spread * NODES))


def logistic(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))


def squares(
    planted: Planted, seeds: int, images: int, random: np.random.Generator, hardness: NDArray[np.float64] | None = None
) -> Squares:
    """Every surrogate's seed shown to every target's seed, image by image; nine images of ten are counted."""
    if hardness is None:
        hardness = random.normal(0, planted.images, images)
    logits = (
        planted.middle
        + random.normal(0, planted.surrogates, (seeds, 1, 1))
        + random.normal(0, planted.targets, (1, seeds, 1))
        + hardness
        + random.normal(0, planted.each, (seeds, seeds, images))
    )
    counted = random.random((seeds, seeds, images)) < 0.9
    fooled = counted & (random.random((seeds, seeds, images)) < logistic(logits))
    names: list[tuple[Hashable, Hashable]] = [(("a", i), ("b", j)) for i in range(seeds) for j in range(seeds)]
    return Squares(
        [one for one, _ in names],
        [other for _, other in names],
        fooled.reshape(-1, images),
        counted.reshape(-1, images),
    )


@dataclass(frozen=True)
class Factorial:
    """What makes up the logits of a factorial study: architectures x splits x seeds, shown to each other."""

    architectures: int = 4
    splits: int = 2
    seeds: int = 5
    images: int = 500
    surrogate: float = 0.3  # of architectures and splits, the same in every study
    surrogate_seed: float = 0.3
    target: float = 0.4
    target_seed: float = 0.3
    same_architecture: float = 0.8
    same_split: float = 0.6
    both: float = 0.5
    residual: float = 0.3

    def fixed(self, spread: float) -> NDArray[np.float64]:
        """The effect of each model's architecture and split, evenly spaced, with this standard deviation."""
        cells = self.architectures * self.splits
        even = np.linspace(-1, 1, cells)
        return np.repeat(spread * even / even.std(), self.seeds)

    @property
    def models(self) -> list[Model]:
        return [
            Model((architecture, split, seed), architecture, split)
            for architecture in range(self.architectures)
            for split in range(self.splits)
            for seed in range(self.seeds)
        ]


def factorial(planted: Factorial, random: np.random.Generator) -> list[Pair]:
    """The squares of one study, counted with binomial noise."""
    models = planted.models
    count = len(models)
    architectures, splits = (np.array([getattr(model, name) for model in models]) for name in ("architecture", "split"))
    architecture = np.equal.outer(architectures, architectures)
    split = np.equal.outer(splits, splits)
    logits = (
        -0.5
        + (planted.fixed(planted.surrogate) + random.normal(0, planted.surrogate_seed, count))[:, None]
        + planted.fixed(planted.target)[::-1]
        + random.normal(0, planted.target_seed, count)
        + planted.same_architecture * architecture
        + planted.same_split * split
        + planted.both * (architecture & split)
        + random.normal(0, planted.residual, (count, count))
    )
    fooled = random.binomial(planted.images, logistic(logits))
    return [
        Pair(models[i], models[j], int(fooled[i, j]), planted.images)
        for i in range(count)
        for j in range(count)
        if i != j
    ]


def planted_shares(planted: Factorial) -> NDArray[np.float64]:
    """The shares that were planted, in the order of TERMS: variances over all ordered pairs of two models."""
    models = planted.models
    pairs = [(one, other) for one in models for other in models if one != other]
    kinds = np.array([(a.architecture == b.architecture, a.split == b.split) for a, b in pairs], float)
    columns = [kinds[:, 0], kinds[:, 1], kinds[:, 0] * kinds[:, 1]]
    values = [planted.same_architecture, planted.same_split, planted.both]
    basis = np.linalg.qr(np.column_stack([np.ones(len(pairs)), *columns]))[0][:, 1:]
    made = np.column_stack(columns) @ values
    of_kinds = (basis.T @ made) ** 2 / len(pairs)
    sides = [planted.surrogate**2 + planted.surrogate_seed**2, planted.target**2 + planted.target_seed**2]
    variances = np.array([*sides, *of_kinds, planted.residual**2])
    shares: NDArray[np.float64] = variances / variances.sum()
    return shares
