"""From a study to tasks: pure, without torch, and aware of what committed records already cover."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from transfer.datasets import Facts
from transfer.plan.crafts import Bench, Shown, crafts
from transfer.plan.document import document
from transfer.plan.probes import Asked, probes
from transfer.plan.tiles import Square, once, tiles
from transfer.study import Network, Study
from transfer.study.values import ModelName
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
    networks = _trains(study, facts, parts)
    shown = [one for part in study.images for one in crafts(Bench(study, parts[part], networks))]
    targets = [networks[name] for name in study.targets]
    asked = [one for part in study.images for one in probes(Bench(study, parts[part], networks), shown)]
    covered = set(covered)
    # Counted and not listed: a thousand models have millions.
    rows, columns = {one.task.id for one in shown}, {target.id for target in targets}
    return Plan(
        trains=once(one for train in networks.values() for one in _in_order(train)),
        crafts=tuple(shown),
        evaluates=tuple(tiles(study, shown, targets, covered)),
        probes=tuple(asked),
        document=document(study, facts, networks, shown, asked),
        squares=len(rows) * len(columns),
        covered=sum(craft in rows and target in columns for craft, target in covered),
    )


def _part(data: Choice, facts: Facts, part: str) -> Part:
    return Part(data, part, facts.digests[part], facts.shape, facts.classes)


def _trains(study: Study, facts: Facts, parts: dict[str, Part]) -> dict[str, Train]:
    """The training of each network by name, in the order of the study; one that asks another holds it."""
    known, made = {network.name: network for network in study.networks}, dict[str, Train]()

    def train_of(name: str) -> Train:
        if name not in made:
            made[name] = _train(study, facts, parts, _with_models(known[name], train_of))
        return made[name]

    return {name: train_of(name) for name in known}


def _with_models(network: Network, train_of: Callable[[str], Train]) -> Network:
    """The network with a training for each model that its recipe asks."""
    if network.recipe is None:
        return network
    settings = {
        name: train_of(one) if isinstance(one, ModelName) else one for name, one in network.recipe.settings.items()
    }
    return replace(network, recipe=replace(network.recipe, settings=settings))


def _in_order(task: Task) -> Iterator[Task]:
    """What a task needs, directly or not, and the task itself."""
    for need in task.needs():
        yield from _in_order(need)
    yield task


def _train(study: Study, facts: Facts, parts: dict[str, Part], network: Network) -> Train:
    split = None if network.split == "all" else _split(study, facts, network.split)
    train = Train(
        data=parts["train"],
        test=parts["test"],
        architecture=network.architecture,
        recipe=network.recipe,
        split=split,
        seed=network.seed,
        weights=network.weights_digest,
        epochs=network.epochs,
        answers=network.answers,
    )
    return train if network.epoch is None else replace(train, epochs=(), training=train, epoch=network.epoch)


def _split(study: Study, facts: Facts, name: str) -> Split:
    start, drawing = 0, study.drawings.get(name, 0)
    for split, size in study.splits.items():
        if study.drawings.get(split, 0) != drawing:
            continue
        count = int(size * facts.counts["train"]) if isinstance(size, Fraction) else size
        if split == name:
            return Split(start, start + count, study.study_seed + drawing)
        start += count
    raise LookupError(f"no split is called {name!r}. Known: all, {', '.join(study.splits)}.")
