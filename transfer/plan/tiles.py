"""What is shown to whom: tiles of the matrix, without the squares that committed records cover."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from transfer.plan.crafts import Shown
from transfer.study import Study
from transfer.tasks import Craft, Evaluate, Train

BLOCK = 16  # targets in a tile: a new model joins a block without moving the others
Square = tuple[str, str]  # craft id, target id


def tiles(
    study: Study, shown: Sequence[Shown], targets: Sequence[Train], covered: Collection[Square]
) -> Iterator[Evaluate]:
    """One surrogate's crafts shown to a block of targets, without the squares that are covered."""
    rows: dict[tuple[str, ...], list[Craft]] = {}
    for one in shown:
        rows.setdefault(tuple(surrogate.id for surrogate in one.task.surrogates), []).append(one.task)
    for crafts in rows.values():
        for start in range(0, len(targets), BLOCK):
            left: dict[tuple[Craft, ...], list[Train]] = {}
            for target in once(targets[start : start + BLOCK]):
                missing = tuple(craft for craft in once(crafts) if (craft.id, target.id) not in covered)
                if missing:
                    left.setdefault(missing, []).append(target)
            for missing, block in left.items():
                yield Evaluate(missing, tuple(block), precision=study.precision, batch=study.batch)


def once(tasks: Any) -> tuple[Any, ...]:
    """The tasks without repetition, in order: two names may ask for the same work."""
    return tuple(dict.fromkeys(tasks))
