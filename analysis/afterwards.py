"""What comes after SQL: the functions that a question's header names, to be run over its rows.

A header line `-- Then: beside_published` means the function of that name below, several lines several functions, in
their order. Each takes all rows of an answer and gives them back with intervals and p-values of `analysis.statistics`,
in the unit of the row's own columns. Models of several seeds are shown the same images: these count once, n / pairs.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from analysis import over_models
from analysis.permutation import permutation_test
from analysis.prediction import foreseen, pairs_of
from analysis.squares import compared, within_families
from analysis.statistics import Interval, bootstrap_mean, holm, jackknife, newcombe, score_test, wilson

Row = dict[str, Any]
LEVEL = 0.05


def with_interval(rows: Sequence[Row]) -> list[Row]:
    """low and high: Wilson's 95% interval, in percent, of k of n."""
    return [row | _bounds(_percent(wilson(*counted(row)))) for row in rows]


def beside_published(rows: Sequence[Row]) -> list[Row]:
    """low and high of ours minus published in percentage points, p and p_holm, and a mark where this is below 0.05.

    Newcombe's interval and the score test of k of n against the published rate of published_n images.
    """
    pairs = [(*counted(row), *published_of(row)) for row in rows]
    tests = [score_test(*pair) for pair in pairs]
    marked = []
    for row, pair, p, corrected in zip(rows, pairs, tests, holm(tests), strict=True):
        mark = "*" if corrected is not None and corrected < LEVEL else ""
        marked.append(row | _bounds(_percent(newcombe(*pair))) | {"p": p, "p_holm": corrected, "mark": mark})
    return marked


def ratio_to_published(rows: Sequence[Row]) -> list[Row]:
    """The mean of sizes over the published one, with its 95% bootstrap interval over images; sizes are left out."""
    done = []
    for row in rows:
        interval = _of_sizes(row)
        scaled = interval and Interval(*(bound / row["published"] for bound in interval))
        ratio = row["ours"] / row["published"] if row["sizes"] else None
        done.append(_without("sizes", row) | {"ratio": ratio} | _bounds(scaled, "ratio_low", "ratio_high"))
    return done


def mean_size(rows: Sequence[Row]) -> list[Row]:
    """low and high of the mean of sizes: 95%, bootstrap over images; sizes are left out."""
    return [_without("sizes", row) | _bounds(_of_sizes(row)) for row in rows]


def over_seeds(rows: Sequence[Row]) -> list[Row]:
    """low and high of an effect: 95%, jackknife over seeds; null unless it could be computed without each of them."""
    done = []
    for row in rows:
        left_out = row["without_one"] or []
        interval = jackknife(row["effect"], left_out) if len(left_out) == row["seeds"] else None
        done.append(_without("without_one", row) | _bounds(interval))
    return done


def correlations(rows: Sequence[Row]) -> list[Row]:
    """low and high of a correlation, ours: 95%, jackknife over clusters of Fisher's z.

    Null unless it could be computed without each of the clusters, and where one of these is 1 or -1.
    """
    done = []
    for row in rows:
        left_out = row["without_one"] or []
        is_whole = row["ours"] is not None and len(left_out) == row["clusters"]
        interval = None
        if is_whole and all(abs(value) < 1 for value in (row["ours"], *left_out)):
            interval = jackknife(math.atanh(row["ours"]), [math.atanh(value) for value in left_out])
        bounds = interval and Interval(*map(math.tanh, interval))
        done.append(_without("without_one", row) | _bounds(bounds))
    return done


def mean_over_seeds(rows: Sequence[Row]) -> list[Row]:
    """ours, low and high: the mean of by_seed and its 95% interval, Student's t; null for fewer than two seeds."""
    done = []
    for row in rows:
        values = row["by_seed"] or []
        ours = sum(values) / len(values) if values else None
        rest = [(sum(values) - one) / (len(values) - 1) for one in values] if len(values) > 1 else []
        interval = jackknife(ours or 0.0, rest)
        done.append(_without("by_seed", row) | {"ours": ours, "seeds": len(values)} | _bounds(interval))
    return done


def foresee(rows: Sequence[Row]) -> list[Row]:
    """A row for each way to foresee: its error, low and high in percentage points; points are left out."""
    done = []
    for row in rows:
        kept = _without("points", row)
        for name, found in foreseen(*pairs_of(row["points"])).items():
            done.append(kept | {"predictor": name, "ours": 100 * found.error} | _bounds(_percent(found.interval)))
    return done


def exchanged(rows: Sequence[Row]) -> list[Row]:
    """p of equal means of values and other_values, exchanged at random, and p_holm; both lists are left out."""
    tests = [permutation_test(row["values"], row["other_values"]) for row in rows]
    kept = [_without("values", _without("other_values", row)) for row in rows]
    return [row | {"p": p, "p_holm": corrected} for row, p, corrected in zip(kept, tests, holm(tests), strict=True)]


FUNCTIONS: dict[str, Callable[[Sequence[Row]], list[Row]]] = {
    function.__name__: function
    for function in (
        with_interval,
        beside_published,
        ratio_to_published,
        mean_size,
        over_seeds,
        correlations,
        mean_over_seeds,
        foresee,
        exchanged,
        compared,
        within_families,
        over_models.paired,
        over_models.ranked,
        over_models.redrawn,
        over_models.families_dealt,
        over_models.shares_of_variance,
        over_models.predicts,
    )
}


def counted(row: Row) -> tuple[float, float]:
    """k of n with each image counted once; 0 of 0 where there are no counts."""
    return (0, 0) if row["k"] is None else (row["k"] / row["pairs"], row["n"] / row["pairs"])


def published_of(row: Row) -> tuple[float, float]:
    """How many of how many images the published percentage is of."""
    images = row["published_n"] or 0
    return row["published"] / 100 * images, images


def _of_sizes(row: Row) -> Interval | None:
    sizes = row["sizes"] or []
    return bootstrap_mean([image["size"] for image in sizes], [float(image["crafts"]) for image in sizes])


def _without(column: str, row: Row) -> Row:
    return {name: value for name, value in row.items() if name != column}


def _percent(interval: Interval | None) -> Interval | None:
    return interval and Interval(100 * interval.low, 100 * interval.high)


def _bounds(interval: Interval | None, low: str = "low", high: str = "high") -> Row:
    return {low: interval and interval.low, high: interval and interval.high}
