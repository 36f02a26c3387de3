"""What comes after SQL where pairs of models are compared: paired tests, ranks, families, shares, correlations.

Functions for the header of a question, as those of `analysis.afterwards`: each takes all rows of an answer.
"""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from analysis.bootstrap import Estimate, Squares, difference, rate
from analysis.components import Model, Pair
from analysis.family import Effect, family_effect
from analysis.shares import variance_shares
from analysis.statistics import Interval, holm, jackknife, mcnemar, paired_difference

Row = dict[str, Any]
DRAWS = 500  # of each surrogate or target that is ranked


def paired(rows: Sequence[Row]) -> list[Row]:
    """difference of two rates over the same n images in percent, its low and high, McNemar's p and p_holm.

    The images that fool one of the two alone are counted in the row's two columns that begin with `only_`.
    """
    alone = [[row[name] for name in row if name.startswith("only_")] for row in rows]
    tests = [mcnemar(*counts) for counts in alone]
    done = []
    for row, (one, other), p, corrected in zip(rows, alone, tests, holm(tests), strict=True):
        gap = 100 * (one - other) / row["n"] if row["n"] else None
        bounds = _bounds(_times(100, paired_difference(one, other, row["n"])))
        done.append(row | {"difference": gap} | bounds | {"p": p, "p_holm": corrected})
    return done


def ranked(rows: Sequence[Row]) -> list[Row]:
    """low and high of rate, and below_first, the rate minus that of the first of its kind, with low and high.

    95%, over images and seeds of networks drawn again. Rows of one attack, budget and part are of one kind, and the
    first of them comes first; squares are left out.
    """
    done = []
    first: dict[Hashable, Row] = {}
    for row in rows:
        best = first.setdefault((row["attack"], row["budget"], row["part"]), row)
        (own, theirs), strata = _squares(row["squares"], best["squares"])
        gap = None if row is best else difference(own, theirs, strata, DRAWS)
        found = {**_estimated(rate(own, strata, DRAWS)), "below_first": gap and gap.value}
        bounds = _estimated(gap, "below_first_low", "below_first_high")
        done.append(_without("squares", row) | found | bounds)
    return done


def redrawn(rows: Sequence[Row]) -> list[Row]:
    """low and high of rate: 95%, over images and seeds of networks drawn again; squares are left out."""
    done = []
    for row in rows:
        (squares,), strata = _squares(row["squares"])
        done.append(_without("squares", row) | _estimated(rate(squares, strata, DRAWS)))
    return done


def families_dealt(rows: Sequence[Row]) -> list[Row]:
    """effect of family in logits, p and p_holm: families dealt out again among networks; squares are left out."""
    found = [_family(row["squares"]) for row in rows]
    tests = [effect and effect.p for effect in found]
    kept = [_without("squares", row) for row in rows]
    return [
        row | {"effect": effect and effect.value, "p": p, "p_holm": corrected}
        for row, effect, p, corrected in zip(kept, found, tests, holm(tests), strict=True)
    ]


def shares_of_variance(rows: Sequence[Row]) -> list[Row]:
    """A row for each term with its share, low and high, its effect in logits, and p; squares are left out."""
    done = []
    for row in rows:
        pairs = [Pair(_model(one, "surrogate"), _model(one, "target"), one["k"], one["n"]) for one in row["squares"]]
        tests = {"same architecture": _likeness(pairs, "architecture"), "same split": _likeness(pairs, "split")}
        for share in variance_shares(pairs):
            told = {"term": share.term, "share": share.share, **_bounds(share.interval), "effect": share.effect}
            test = tests.get(share.term)
            done.append(_without("squares", row) | told | {"p": test and test.p})
    return done


def predicts(rows: Sequence[Row]) -> list[Row]:
    """pearson with low and high, and kendall, of value and rate in points; points are left out."""
    done = []
    for row in rows:
        points = row["points"]
        models = list(dict.fromkeys(name for one in points for name in (one["surrogate"], one["target"])))
        rest = [_pearson([one for one in points if name not in (one["surrogate"], one["target"])]) for name in models]
        found, known = _pearson(points), [value for value in rest if value is not None]
        interval = None
        if found is not None and len(known) == len(models) and max(map(abs, (found, *known))) < 1:
            deviates = jackknife(math.atanh(found), list(map(math.atanh, known)))
            interval = deviates and Interval(*map(math.tanh, deviates))
        tau = None
        if found is not None:
            tau = float(kendalltau([one["value"] for one in points], [one["rate"] for one in points]).statistic)
        done.append(_without("points", row) | {"pearson": found} | _bounds(interval) | {"kendall": tau})
    return done


def _squares(*groups: Sequence[Mapping[str, Any]]) -> tuple[list[Squares], dict[Hashable, Hashable]]:
    """Groups of squares that share their images, unpacked from words, and the network of each model.

    Where a group is of one surrogate (or target), it stays as it is and has no name; `model` is who is across from it.
    """
    words = sorted({word for group in groups for square in group for word in square["words"]})
    places = {word: place for place, word in enumerate(words)}
    made = []
    for group in groups:
        bits = {name: np.zeros((len(group), len(words)), "<u8") for name in ("fooled", "counted")}
        for number, square in enumerate(group):
            columns = [places[word] for word in square["words"]]
            for name, array in bits.items():
                array[number, columns] = square[name]
        surrogates, models = [square.get("surrogate", ()) for square in group], [square["model"] for square in group]
        fooled, counted = (_unpacked(bits[name]) for name in ("fooled", "counted"))
        made.append(Squares(surrogates, models, fooled, counted))
    strata = {square["model"]: square["network"] for group in groups for square in group}
    named = (square for group in groups for square in group if "surrogate" in square)
    return made, strata | {square["surrogate"]: square["surrogate_network"] for square in named}


def _unpacked(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")


def _family(squares: Sequence[Mapping[str, Any]]) -> Effect | None:
    models: dict[Hashable, tuple[Hashable, Hashable]] = {}
    for square in squares:
        for side in ("surrogate", "target"):
            models[square[side]] = (square[f"{side}_family"], square[f"{side}_network"])
    logits = _logits(list(models), ((one["surrogate"], one["target"], one["k"], one["n"]) for one in squares))
    families, networks = zip(*models.values(), strict=True) if models else ((), ())
    return family_effect(logits, families, units=networks)


def _likeness(pairs: Sequence[Pair], word: str) -> Effect | None:
    """The effect of the same architecture, dealt out within each split, or of the same split within architectures."""
    models = list(dict.fromkeys(model for pair in pairs for model in (pair.surrogate, pair.target)))
    logits = _logits(models, ((pair.surrogate, pair.target, pair.k, pair.n) for pair in pairs))
    other = {"architecture": "split", "split": "architecture"}[word]
    return family_effect(
        logits, [getattr(model, word) for model in models], strata=[getattr(model, other) for model in models]
    )


def _logits(models: Sequence[Hashable], squares: Iterator[tuple[Hashable, Hashable, float, float]]) -> NDArray[Any]:
    """The empirical logit of each square's rate; NaN where it has not been run."""
    places = {model: place for place, model in enumerate(models)}
    logits = np.full((len(models), len(models)), math.nan)
    for surrogate, target, k, n in squares:
        logits[places[surrogate], places[target]] = math.log((k + 0.5) / (n - k + 0.5))
    return logits


def _model(square: Mapping[str, Any], side: str) -> Model:
    return Model(square[side], square[f"{side}_architecture"], square[f"{side}_split"])


def _pearson(points: Sequence[Mapping[str, Any]]) -> float | None:
    values, rates = ([one[name] for one in points] for name in ("value", "rate"))
    if len(points) < 3 or np.ptp(values) == 0 or np.ptp(rates) == 0:
        return None
    return float(np.corrcoef(values, rates)[0, 1])


def _without(column: str, row: Row) -> Row:
    return {name: value for name, value in row.items() if name != column}


def _times(factor: float, interval: Interval | None) -> Interval | None:
    return interval and Interval(factor * interval.low, factor * interval.high)


def _estimated(found: Estimate | None, low: str = "low", high: str = "high") -> Row:
    return _bounds(found and found.interval, low, high)


def _bounds(interval: Interval | None, low: str = "low", high: str = "high") -> Row:
    return {low: interval and interval.low, high: interval and interval.high}
