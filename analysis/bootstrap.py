"""How sure a rate over many squares is: images and models drawn again, both at once.

Squares of a matrix share their images and their models, so neither many images nor many squares alone make a rate
sure. Images are drawn again for all squares together, and so are the models of each stratum (the seeds of one network,
or the networks of one family); a square counts as often as its image, its surrogate and its target are drawn. Models
that `strata` does not name stay as they are: what is then said is about these models, and other images.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from analysis.statistics import Interval

Counts = NDArray[np.float32]
Draws = NDArray[np.float64]
Strata = Mapping[Hashable, Hashable]
DRAWS = 2000


@dataclass(frozen=True)
class Squares:
    """Some squares of a transfer matrix, image by image. Squares of one question have the same images in one order."""

    surrogates: Sequence[Hashable]  # the model of each square
    targets: Sequence[Hashable]
    fooled: ArrayLike  # square, image: whether it was fooled, or how often
    counted: ArrayLike  # square, image: whether it counts, or how often


class Estimate(NamedTuple):
    """A rate, or a difference of rates, with its standard error and 95% interval."""

    value: float
    error: float
    interval: Interval


def rate(squares: Squares, strata: Strata | None = None, draws: int = DRAWS) -> Estimate | None:
    """The share of counted images that are fooled, all squares together; None where nothing is counted."""
    found = _estimate(np.array([1.0]), [squares], strata, draws)
    return found and found._replace(interval=Interval(max(found.interval.low, 0.0), min(found.interval.high, 1.0)))


def difference(one: Squares, other: Squares, strata: Strata | None = None, draws: int = DRAWS) -> Estimate | None:
    """The rate of some squares minus the rate of others, over the same draws; None where either counts nothing.

    So two attacks, two families of targets, or pairs within a family and across are compared: what both share (hard
    images, a strong surrogate) is drawn for both alike and drops out.
    """
    return _estimate(np.array([1.0, -1.0]), [one, other], strata, draws)


def curve(points: Sequence[Squares], strata: Strata | None = None, draws: int = DRAWS) -> list[Estimate | None]:
    """The rate at each point of a curve, all points over the same draws."""
    return [rate(point, strata, draws) for point in points]


def _estimate(
    signs: NDArray[np.float64], groups: Sequence[Squares], strata: Strata | None, draws: int
) -> Estimate | None:
    tallies = [_Tally(group) for group in groups]
    if not all(tally.counted.sum() for tally in tallies):
        return None
    value = float(signs @ [float(tally.fooled.sum()) / float(tally.counted.sum()) for tally in tallies])
    models = list(dict.fromkeys(model for group in groups for model in (*group.surrogates, *group.targets)))
    drawn, sizes = _models(models, strata or {}, draws)
    images = _images(tallies[0].fooled.shape[1], draws)
    whole = np.ones_like(images[:, :1])
    by_model = sum(sign * tally.rates(drawn, models, whole) for sign, tally in zip(signs, tallies, strict=True))
    by_both = sum(sign * tally.rates(drawn, models, images) for sign, tally in zip(signs, tallies, strict=True))
    if np.isnan(by_both).mean() > 0.5:  # two seeds that are only shown to each other: hardly a draw holds both
        return None
    error, of_models = float(np.nanstd(by_both)), float(np.nanstd(by_model))
    half = float(stdtrit(_degrees(error, of_models, sizes, len(images)), 0.975)) * error
    return Estimate(value, error, Interval(value - half, value + half))


class _Tally:
    """The counts of some squares as arrays of numbers."""

    def __init__(self, squares: Squares) -> None:
        self.squares = squares
        self.fooled: Counts = np.asarray(squares.fooled, np.float32)
        self.counted: Counts = np.asarray(squares.counted, np.float32)

    def rates(self, drawn: Draws, models: Sequence[Hashable], images: Counts) -> Draws:
        """The rate in each draw, NaN where a draw counts nothing; drawn[model, draw] and images[image, draw] weigh."""
        places = {model: place for place, model in enumerate(models)}
        surrogates = [places[model] for model in self.squares.surrogates]
        targets = [places[model] for model in self.squares.targets]
        same = np.array([one == other for one, other in zip(surrogates, targets, strict=True)])
        # A model that is shown what was crafted on itself is drawn once, not twice.
        weights = drawn[surrogates] * np.where(same[:, None], 1.0, drawn[targets])
        fooled, counted = (
            counts @ images if images.shape[1] > 1 else counts.sum(axis=1, keepdims=True)
            for counts in (self.fooled, self.counted)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            rates: Draws = (weights * fooled).sum(axis=0) / (weights * counted).sum(axis=0)
        return rates


@lru_cache(maxsize=1)
def _images(count: int, draws: int) -> Counts:
    """How often each image is drawn in each draw, from a fixed seed."""
    chosen = np.random.default_rng(0).integers(0, count, (draws, count))
    places = chosen + count * np.arange(draws)[:, None]
    times = np.bincount(places.ravel(), minlength=draws * count).reshape(draws, count)
    return np.ascontiguousarray(times.T, np.float32)


def _models(models: Sequence[Hashable], strata: Strata, draws: int) -> tuple[Draws, list[int]]:
    """How often each model is drawn in each draw, and how many models the strata hold that are drawn from.

    Of the k models of a stratum k - 1 are drawn (Rao and Wu 1988), which makes the variance right for few. A model that
    is alone in its stratum always counts once: nothing is known of others like it.
    """
    random = np.random.default_rng(1)
    weights, sizes = np.ones((len(models), draws)), []
    groups: dict[Hashable, list[int]] = {}
    for place, model in enumerate(models):
        groups.setdefault(strata.get(model, (model,)), []).append(place)
    for places in groups.values():
        k = len(places)
        if k > 1:
            times = random.multinomial(k - 1, [1 / k] * k, size=draws).T
            weights[places] = times * (k / (k - 1))
            sizes.append(k)
    return weights, sizes


def _degrees(error: float, of_models: float, sizes: Sequence[int], images: int) -> float:
    """Satterthwaite's degrees of freedom of a variance that comes from few models and from many images."""
    from_models, freedom = min(of_models, error) ** 2, sum(size - 1 for size in sizes)
    from_images = error**2 - from_models
    spread = from_models**2 / max(freedom, 1) + from_images**2 / max(images - 1, 1)
    return error**4 / spread if spread else float(max(images - 1, 1))
