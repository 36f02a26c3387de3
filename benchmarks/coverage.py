"""Do 95% intervals hold what was planted in 95% of simulated studies, and do tests see an effect that is not there?

`make coverage`, minutes: 500 studies of each kind, each with planted effects of surrogates, targets, splits and seeds.
"""

import sys
from collections.abc import Hashable, Iterator

import numpy as np
from numpy.typing import NDArray

from analysis.bootstrap import Squares, difference, rate
from analysis.components import Pair
from analysis.family import family_effect
from analysis.shares import variance_shares
from benchmarks.simulated import Factorial, Planted, factorial, planted_shares, squares

STUDIES = 500


def rates(studies: int, seeds: int, images: int, middle: float) -> Iterator[tuple[str, bool]]:
    """Of each study, whether the intervals of a mean rate and of a difference of two hold what was planted."""
    one, other = Planted(middle), Planted(middle + 0.5)
    strata: dict[Hashable, Hashable] = {(network, seed): network for network in "abc" for seed in range(seeds)}
    random = np.random.default_rng(0)
    for _ in range(studies):
        hardness = random.normal(0, one.images, images)
        first = squares(one, seeds, images, random, hardness)
        second = squares(other, seeds, images, random, hardness)
        names = [("c", seed) for _, seed in second.targets]
        second = Squares(second.surrogates, names, second.fooled, second.counted)
        mean, gap = rate(first, strata, draws=500), difference(first, second, strata, draws=500)
        if mean is None or gap is None:
            raise RuntimeError("a simulated study counted nothing")
        yield "mean rate", mean.interval.low <= one.rate <= mean.interval.high
        yield "difference of rates", gap.interval.low <= one.rate - other.rate <= gap.interval.high


def shares(studies: int, planted: Factorial) -> Iterator[tuple[str, bool]]:
    """Of each study, whether the interval of each term's share of variance holds what was planted."""
    truth, random = planted_shares(planted), np.random.default_rng(0)
    for _ in range(studies):
        for found, share in zip(variance_shares(factorial(planted, random)), truth, strict=True):
            if found.interval is None:
                raise RuntimeError("a simulated study has no intervals")
            yield f"share of {found.term}", found.interval.low <= share <= found.interval.high


def families(studies: int, planted: Factorial) -> Iterator[tuple[str, bool]]:
    """Of each study without an effect of architectures, whether one is seen in it all the same."""
    random = np.random.default_rng(0)
    models = planted.models
    names = [model.architecture for model in models]
    splits = [model.split for model in models]
    for _ in range(studies):
        found = family_effect(_logits(factorial(planted, random), len(models)), names, strata=splits, draws=399)
        if found is None:
            raise RuntimeError("a simulated study has nothing to compare")
        yield "a family that explains nothing, p < 0.05", found.p < 0.05


def _logits(pairs: list[Pair], models: int) -> NDArray[np.float64]:
    places = {model: place for place, model in enumerate(dict.fromkeys(pair.surrogate for pair in pairs))}
    logits = np.full((models, models), np.nan)
    for pair in pairs:
        logits[places[pair.surrogate], places[pair.target]] = np.log((pair.k + 0.5) / (pair.n - pair.k + 0.5))
    return logits


def told(title: str, wanted: str, outcomes: Iterator[tuple[str, bool]]) -> None:
    counts: dict[str, list[bool]] = {}
    for name, is_hit in outcomes:
        counts.setdefault(name, []).append(is_hit)
    print(f"{title} (wanted: {wanted})")
    for name, hits in counts.items():
        print(f"  {name}: {100 * np.mean(hits):.1f}% of {len(hits)}", flush=True)


def run(studies: int = STUDIES) -> None:
    within, seldom = "92-98%", "3-7%"
    told("5 x 5 seeds, 300 images, rate 32%", within, rates(studies, 5, 300, -1.0))
    told("3 x 3 seeds, 300 images, rate 50%", within, rates(studies, 3, 300, 0.0))
    told("5 x 5 seeds, 1000 images, rate 12%", within, rates(studies, 5, 1000, -2.5))
    told("4 architectures x 2 splits x 5 seeds", within, shares(studies, Factorial()))
    told("the same, weaker effects of families, 200 images", within, shares(studies, WEAK))
    told("no effect of architectures", seldom, families(studies, Factorial(same_architecture=0, both=0)))


WEAK = Factorial(same_architecture=0.5, same_split=0.4, images=200)

if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else STUDIES)
