"""Two results beside each other: which squares of the transfer matrix differ by more than chance explains."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from analysis.statistics import holm, newcombe, score_test

LEVEL = 0.05
Key = tuple[Any, ...]
SQUARES = """
    select attack, budget, part, surrogate, target, fooled, n
    from transfer_matrix
    where denominator = 'both-right' and role = 'attack'
"""


@dataclass(frozen=True)
class Difference:
    """A square that both results have."""

    square: Key  # attack, budget, part, surrogate, target
    one: tuple[int, int]  # fooled, n
    other: tuple[int, int]
    p: float | None  # corrected for all squares, after Holm

    @property
    def points(self) -> float:
        """Percentage points by which the second is higher; 0 where either counts nothing."""
        (fooled, n), (others, of) = self.one, self.other
        return 100 * (others / of - fooled / n) if n and of else 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """Newcombe's 95% interval of the points, as of independent images."""
        found = newcombe(*self.other, *self.one)
        return found and (100 * found.low, 100 * found.high)

    @property
    def is_beyond(self) -> bool:
        return self.p is not None and self.p < LEVEL


@dataclass(frozen=True)
class Comparison:
    """The squares of two results."""

    both: Sequence[Difference]
    only_one: Sequence[Key]
    only_other: Sequence[Key]

    @property
    def beyond(self) -> list[Difference]:
        return [difference for difference in self.both if difference.is_beyond]

    @property
    def is_equal(self) -> bool:
        """Whether nothing speaks against the two being the same experiment."""
        return not (self.beyond or self.only_one or self.only_other)

    def summary(self) -> Iterator[str]:
        """What a person is told."""
        largest = max((abs(difference.points) for difference in self.both), default=0.0)
        yield (
            f"{len(self.both)} squares in both: {len(self.beyond)} differ beyond their intervals (Holm, 5%), "
            f"the largest difference is {largest:.1f} points."
        )
        for names, where in ((self.only_one, "first"), (self.only_other, "second")):
            if names:
                first = ", ".join(map(str, names[0]))
                yield f"{len(names)} squares are in the {where} alone, such as {first}."


def compare(one: duckdb.DuckDBPyConnection, other: duckdb.DuckDBPyConnection) -> Comparison:
    """Squares are the same where attack, budget, part and the names of both models are."""
    first, second = _squares(one), _squares(other)
    shared = [key for key in first if key in second]
    corrected = holm([score_test(*second[key], *first[key]) for key in shared])
    both = [Difference(key, first[key], second[key], p) for key, p in zip(shared, corrected, strict=True)]
    return Comparison(
        sorted(both, key=lambda difference: -abs(difference.points)),
        [key for key in first if key not in second],
        [key for key in second if key not in first],
    )


def _squares(connection: duckdb.DuckDBPyConnection) -> dict[Key, tuple[int, int]]:
    found = connection.execute(SQUARES).fetchall()
    return {tuple(row[:5]): (row[5], row[6]) for row in found}
