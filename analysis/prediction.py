"""How well the transfer of a model that was never attacked is foreseen, each family of models left out in turn.

Pairs share their models, so pairs left out at random would be foreseen from their own models' other pairs.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.statistics import Interval, jackknife

Values = NDArray[np.float64]
# The pairs that are known, their rates, and the pairs to be foreseen, to rates.
Predictor = Callable[["Pairs", Values, "Pairs"], Values]


class Pairs(NamedTuple):
    """Ordered pairs of models: families of surrogate and target, gradient alignment, the target's gradient size."""

    surrogates: Sequence[Hashable]
    targets: Sequence[Hashable]
    alignment: Values
    slope: Values

    def where(self, chosen: NDArray[np.bool_]) -> "Pairs":
        """Some of them."""
        surrogates, targets = (
            [one for one, is_chosen in zip(all_of, chosen, strict=True) if is_chosen]
            for all_of in (self.surrogates, self.targets)
        )
        return Pairs(surrogates, targets, self.alignment[chosen], self.slope[chosen])


class Foreseen(NamedTuple):
    """The mean absolute error of the rates of families left out, and its 95% interval over these families."""

    error: float
    interval: Interval | None


def foreseen(pairs: Pairs, rates: Values) -> dict[str, Foreseen]:
    """How far each predictor is off, told nothing of the family but what its gradients are like."""
    families = list(dict.fromkeys((*pairs.surrogates, *pairs.targets)))
    errors: dict[str, list[float]] = {name: [] for name in PREDICTORS}
    for family in families:
        named = zip(pairs.surrogates, pairs.targets, strict=True)
        is_out = np.array([family in pair for pair in named])
        if is_out.all() or not is_out.any():
            continue
        for name, predict in PREDICTORS.items():
            found = np.maximum(predict(pairs.where(~is_out), rates[~is_out], pairs.where(is_out)), 0.0)
            errors[name].append(float(np.abs(found - rates[is_out]).mean()))
    return {name: _mean(each) for name, each in errors.items() if each}


def pairs_of(points: Sequence[Mapping[str, Any]]) -> tuple[Pairs, Values]:
    """Pairs and their rates, of rows of a query."""
    names, numbers = ("surrogate", "target"), ("alignment", "slope", "rate")
    surrogates, targets = ([point[name] for point in points] for name in names)
    alignment, slope, rates = (np.array([point[name] for point in points], float) for name in numbers)
    return Pairs(surrogates, targets, alignment, slope), rates


def _grand_mean(known: Pairs, rates: Values, asked: Pairs) -> Values:
    return np.full(len(asked.alignment), rates.mean())


def _source_mean(known: Pairs, rates: Values, asked: Pairs) -> Values:
    return _means(known.surrogates, rates, asked.surrogates)


def _target_mean(known: Pairs, rates: Values, asked: Pairs) -> Values:
    return _means(known.targets, rates, asked.targets)


def _additive(known: Pairs, rates: Values, asked: Pairs) -> Values:
    """A surrogate's effect plus a target's; that of a family left out is 0, the mean of the others'."""
    levels = list(dict.fromkeys([("on", one) for one in known.surrogates] + [("to", one) for one in known.targets]))

    def design(pairs: Pairs) -> Values:
        named = zip(pairs.surrogates, pairs.targets, strict=True)
        return np.array([[(("on", on) == one) + (("to", to) == one) for one in levels] for on, to in named], float)

    middle = rates.mean()
    effects = np.linalg.lstsq(design(known), rates - middle, rcond=None)[0]
    return np.asarray(middle + design(asked) @ effects)


def _alignment(known: Pairs, rates: Values, asked: Pairs) -> Values:
    return _linear(lambda pairs: [pairs.alignment], known, rates, asked)


def _alignment_and_slope(known: Pairs, rates: Values, asked: Pairs) -> Values:
    """The two and their product, which is what a small step gains (Demontis et al. 2019, equation 9)."""
    return _linear(lambda pairs: [pairs.alignment, pairs.slope, pairs.alignment * pairs.slope], known, rates, asked)


def _linear(columns: Callable[[Pairs], Sequence[Values]], known: Pairs, rates: Values, asked: Pairs) -> Values:
    """Least squares on some columns, those that are not known left out."""

    def design(pairs: Pairs) -> Values:
        return np.column_stack([np.ones(len(pairs.alignment)), *columns(pairs)])

    return np.asarray(design(asked) @ np.linalg.lstsq(design(known), rates, rcond=None)[0])


def _means(known: Sequence[Hashable], rates: Values, asked: Sequence[Hashable]) -> Values:
    """The mean rate of each name's pairs, and of all pairs for a name that has none."""
    groups: dict[Hashable, list[float]] = {}
    for name, rate in zip(known, rates, strict=True):
        groups.setdefault(name, []).append(float(rate))
    return np.array([np.mean(groups.get(name, rates)) for name in asked])


def _mean(values: Sequence[float]) -> Foreseen:
    middle = sum(values) / len(values)
    rest = [(sum(values) - one) / (len(values) - 1) for one in values] if len(values) > 1 else []
    return Foreseen(middle, jackknife(middle, rest))


PREDICTORS: Mapping[str, Predictor] = {
    "grand mean": _grand_mean,
    "source mean": _source_mean,
    "target mean": _target_mean,
    "additive": _additive,
    "alignment": _alignment,
    "alignment and slope": _alignment_and_slope,
}
