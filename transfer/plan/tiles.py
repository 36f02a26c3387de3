"""What is shown to whom: tiles of the matrix, without the squares that committed records cover."""

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from transfer.plan.crafts import Shown
from transfer.study import Study
from transfer.tasks import Craft, Evaluate, Train

# Pixels that a tile shows: 10 crafts of 1,000 images of MNIST to 32 targets, 5 of CIFAR-10 to 16. That is 10 to 60 s of
# a LeNet on a CPU core, as of a large network on a GPU. A study has no hardware in it, and its files must not either.
SHOWN = 250_000_000
WIDEST = 250  # targets in a tile
Square = tuple[str, str]  # craft id, target id


def tiles(
    study: Study, shown: Sequence[Shown], targets: Sequence[Train], covered: Collection[Square]
) -> Iterator[Evaluate]:
    """One surrogate's crafts shown to a block of targets, without the squares that are covered."""
    rows: dict[tuple[str, ...], list[Craft]] = {}
    for one in shown:
        rows.setdefault(tuple(surrogate.id for surrogate in one.task.surrogates), []).append(one.task)
    for crafts in rows.values():
        wide = width(crafts)
        for start in range(0, len(targets), wide):
            left: dict[tuple[Craft, ...], list[Train]] = {}
            for target in once(targets[start : start + wide]):
                missing = tuple(craft for craft in once(crafts) if (craft.id, target.id) not in covered)
                if missing:
                    left.setdefault(missing, []).append(target)
            for missing, block in left.items():
                yield Evaluate(missing, tuple(block), precision=study.precision, batch=study.batch)


def width(crafts: Sequence[Craft]) -> int:
    """How many targets a tile of these crafts has. A new model joins a block without moving the others."""
    pixels = sum(craft.images * math.prod(craft.data.shape) for craft in once(crafts))
    return max(1, min(WIDEST, SHOWN // pixels))


def once(tasks: Any) -> tuple[Any, ...]:
    """The tasks without repetition, in order: two names may ask for the same work."""
    return tuple(dict.fromkeys(tasks))
