"""What SQL hands over image by image: some squares against others, and pairs within a family against all pairs.

A square is a mapping of `surrogate`, `target`, and two lists in the order of the images, `is_wrong` and `is_counted`;
without the latter every image counts.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from analysis.bootstrap import DRAWS, Squares, difference
from analysis.family import additive, family_effect

Row = dict[str, Any]
Square = Mapping[str, Any]
Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
ENDS = ("surrogate", "target")


def compared(rows: Iterable[Row]) -> list[Row]:
    """effect, low and high: how far the rate of the squares `one` is above that of `other`, as a share.

    95%: images are drawn again, and the models of each of the `strata`. one_rate and other_rate are the two.
    """
    done = []
    for row in rows:
        one, other = (_together(row[side] or ()) for side in ("one", "other"))
        strata = {entry["model"]: entry["stratum"] for entry in row["strata"] or ()}
        found = difference(one, other, strata)
        kept = {name: value for name, value in row.items() if name not in ("one", "other", "strata")}
        kept |= {"squares": len(one.targets), "other_squares": len(other.targets)}
        kept |= {"one_rate": _rate(one), "other_rate": _rate(other), "effect": found and found.value}
        done.append(kept | {"low": found and found.interval.low, "high": found and found.interval.high})
    return done


def within_families(rows: Iterable[Row]) -> list[Row]:
    """effect, low, high and p: what a family adds to the log odds, beside strong surrogates and fragile targets.

    A square has `surrogate_family`, `target_family` and their splits, too. 95%: the variance over images, which are
    drawn again, plus that over families, each left out in turn; Student's t with one degree fewer than families. p is
    that of families dealt out again among the models of a split.
    """
    done = []
    for row in rows:
        squares = row["squares"] or ()
        same = [square["surrogate_family"] == square["target_family"] for square in squares]
        inside, outside = (_together(_chosen(squares, same, which)) for which in (True, False))
        kept = row | {"squares": len(squares), "same_rate": _rate(inside), "other_rate": _rate(outside)}
        done.append(kept | _family(squares, np.array(same, float)))
    return done


def _family(squares: Sequence[Square], same: Numbers) -> Row:
    nothing = dict.fromkeys(("effect", "low", "high", "p"))
    ends = {square[side]: (square[f"{side}_family"], square[f"{side}_split"]) for square in squares for side in ENDS}
    models = {name: place for place, name in enumerate(ends)}
    places = np.array([[models[square[side]] for side in ENDS] for square in squares]).reshape(-1, 2)
    wrong, counted = _counts(squares)
    matrix = np.full((len(models), len(models)), np.nan)
    matrix[places[:, 0], places[:, 1]] = log_odds(wrong.sum(axis=1), counted.sum(axis=1))
    families, splits = zip(*ends.values(), strict=True) if ends else ((), ())
    found = family_effect(matrix, families, strata=splits) if squares else None
    if found is None:
        return nothing
    nothing |= {"effect": found.value, "p": found.p}
    pairs = np.array([[square[f"{side}_family"] for side in ENDS] for square in squares])
    left_out = _without_each(dict.fromkeys(families), pairs, places, same, matrix)
    if left_out is None:
        return nothing
    spread = _over_images(wrong, counted, weights(places, same)) + (len(left_out) - 1) * float(np.var(left_out))
    half = float(stdtrit(len(left_out) - 1, 0.975)) * math.sqrt(spread)
    return nothing | {"low": found.value - half, "high": found.value + half}


def _over_images(wrong: Numbers, counted: Numbers, weighing: Numbers) -> float:
    """The variance of the effect when images are drawn again, for all squares together."""
    count = wrong.shape[1]
    drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), DRAWS).T
    return float(np.var(weighing @ log_odds(wrong @ drawn, counted @ drawn)))


def _without_each(
    families: Iterable[str], pairs: NDArray[np.str_], places: Places, same: Numbers, matrix: Numbers
) -> list[float] | None:
    """The effect without each family; None for fewer than three, and where that leaves nothing to compare."""
    found = []
    for family in families:
        rest = (pairs != family).all(axis=1)
        if not same[rest].any() or same[rest].all():
            return None
        values = matrix[places[rest, 0], places[rest, 1]]
        found.append(float(weights(places[rest], same[rest]) @ values))
    return found if len(found) > 2 else None


def weights(places: Places, same: Numbers) -> Numbers:
    """How much each square counts in the coefficient of `same`, beside an effect of each surrogate and target."""
    effects = additive(places[:, 0], places[:, 1], int(places.max()) + 1)
    left: Numbers = same - effects @ (effects.T @ same)
    return left / (left @ left)


def log_odds(wrong: ArrayLike, counted: ArrayLike) -> Numbers:
    """The log odds of being fooled; half a count on either side keeps never and always finite."""
    wrong, counted = np.asarray(wrong, float), np.asarray(counted, float)
    return np.asarray(np.log((wrong + 0.5) / (counted - wrong + 0.5)))


def _chosen(squares: Sequence[Square], marks: Sequence[bool], which: bool) -> list[Square]:
    return [square for square, mark in zip(squares, marks, strict=True) if mark == which]


def _together(squares: Iterable[Square]) -> Squares:
    squares = list(squares)
    surrogates, targets = ([square[side] for square in squares] for side in ENDS)
    fooled, counted = _counts(squares)
    return Squares(surrogates, targets, fooled, counted)


def _counts(squares: Sequence[Square]) -> tuple[Numbers, Numbers]:
    """Of each square and image whether it counts and is wrong, and whether it counts."""
    wrong = np.array([square["is_wrong"] for square in squares], float)
    counted = np.array([square["is_counted"] or [1] * len(square["is_wrong"]) for square in squares], float)
    return wrong * counted, counted


def _rate(squares: Squares) -> float | None:
    counted = float(np.sum(squares.counted))
    return float(np.sum(squares.fooled)) / counted if counted else None
