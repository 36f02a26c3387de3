"""From a study to tasks: pure, without torch, and aware of what committed records already cover."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from transfer.datasets import Facts
from transfer.plan.crafts import Bench, Shown, crafts
from transfer.plan.document import document
from transfer.plan.probes import Asked, probes
from transfer.plan.tiles import Square, once, tiles
from transfer.study import Network, Study
from transfer.tasks import Choice, Evaluate, Part, Split, Task, Train

__all__ = ["Asked", "Plan", "Shown", "plan"]


@dataclass(frozen=True)
class Plan:
    """What a study asks for and what of it is left.

    `tasks` are in an order in which each comes after what it needs; the squares of committed Evaluates are not
    asked for again. `document` goes to studies/.
    """

    trains: tuple[Train, ...]
    crafts: tuple[Shown, ...]
    evaluates: tuple[Evaluate, ...]
    probes: tuple[Asked, ...]
    document: dict[str, Any]
    squares: int
    covered: int

    @property
    def tasks(self) -> tuple[Task, ...]:
        crafts = (shown.task for shown in self.crafts)
        return (*self.trains, *crafts, *self.evaluates, *once(asked.task for asked in self.probes))


def plan(study: Study, facts: Facts, covered: Collection[Square] = ()) -> Plan:
    """The tasks of a study on a data set with these facts; `covered` squares are not asked for again."""
    parts = {name: _part(study.data, facts, name) for name in facts.digests}
    networks = {network.name: _train(study, facts, parts, network) for network in study.networks}
    shown = [one for part in study.images for one in crafts(Bench(study, parts[part], networks))]
    targets = [networks[name] for name in study.targets]
    asked = [one for part in study.images for one in probes(Bench(study, parts[part], networks), shown)]
    covered = set(covered)
    squares = {(one.task.id, target.id) for one in shown for target in targets}
    return Plan(
        trains=once(networks.values()),
        crafts=tuple(shown),
        evaluates=tuple(tiles(study, shown, targets, covered)),
        probes=tuple(asked),
        document=document(study, facts, networks, shown, asked),
        squares=len(squares),
        covered=len(squares & covered),
    )


def _part(data: Choice, facts: Facts, part: str) -> Part:
    return Part(data, part, facts.digests[part], facts.shape, facts.classes)


def _train(study: Study, facts: Facts, parts: dict[str, Part], network: Network) -> Train:
    split = None if network.split == "all" else _split(study, facts, network.split)
    return Train(
        data=parts["train"],
        test=parts["test"],
        architecture=network.architecture,
        recipe=network.recipe,
        split=split,
        seed=network.seed,
        weights=network.weights_digest,
    )


def _split(study: Study, facts: Facts, name: str) -> Split:
    start = 0
    for split, size in study.splits.items():
        count = int(size * facts.counts["train"]) if isinstance(size, Fraction) else size
        if split == name:
            return Split(start, start + count, study.study_seed)
        start += count
    raise LookupError(f"no split is called {name!r}. Known: all, {', '.join(study.splits)}.")
