"""From a study to tasks: pure, without torch, and aware of what committed records already cover."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

from transfer import catalog
from transfer.datasets import Facts
from transfer.study import Attack, Network, Study
from transfer.tasks import Choice, Craft, Evaluate, Part, Split, Task, Train

BLOCK = 16  # targets in a tile: a new model joins a block without moving the others
Square = tuple[str, str]  # craft id, target id


@dataclass(frozen=True)
class Shown:
    """A craft with what people call it: a row of the matrix for one attack and budget."""

    task: Craft
    surrogate: str | None
    attack: str | None
    budget: str | None
    role: str = "attack"  # attack, control or clean
    control: str | None = None
    norm: str | None = None
    epsilon: float | None = None
    iterated: str | None = None  # the attack whose iterates are shown, whether this is one of them or where they lead
    step: int | None = None


@dataclass(frozen=True)
class Plan:
    """What a study asks for and what of it is left.

    `tasks` are in an order in which each comes after what it needs; the squares of committed Evaluates are not
    asked for again. `document` goes to studies/.
    """

    trains: tuple[Train, ...]
    crafts: tuple[Shown, ...]
    evaluates: tuple[Evaluate, ...]
    document: dict[str, Any]
    squares: int
    covered: int

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (*self.trains, *(shown.task for shown in self.crafts), *self.evaluates)


def plan(study: Study, facts: Facts, covered: Collection[Square] = ()) -> Plan:
    """The tasks of a study on a data set with these facts; `covered` squares are not asked for again."""
    parts = {name: _part(study.data, facts, name) for name in facts.digests}
    networks = {network.name: _train(study, facts, parts, network) for network in study.networks}
    shown = [one for part in study.images for one in _crafts(_Bench(study, parts[part], networks))]
    targets = [networks[name] for name in study.targets]
    covered = set(covered)
    squares = {(one.task.id, target.id) for one in shown for target in targets}
    return Plan(
        trains=_once(networks.values()),
        crafts=tuple(shown),
        evaluates=tuple(_tiles(study, shown, targets, covered)),
        document=_document(study, facts, networks, shown),
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


class _Bench:
    """What every craft of a study shares, for one part of its images."""

    def __init__(self, study: Study, part: Part, networks: dict[str, Train]) -> None:
        self.study, self.part, self.networks = study, part, networks
        self.members = {ensemble.name: ensemble.members for ensemble in study.ensembles}

    def craft(self, attack: Choice, surrogate: str | None = None, **more: Any) -> Craft:
        names = () if surrogate is None else self.members.get(surrogate, (surrogate,))
        return Craft(
            surrogates=tuple(self.networks[name] for name in names),
            attack=attack,
            data=self.part,
            images=self.study.images[self.part.part],
            seed=self.study.study_seed,
            pixels=self.study.pixels,
            precision=self.study.precision,
            batch=self.study.batch,
            **more,
        )


def _crafts(bench: _Bench) -> Iterator[Shown]:
    """The clean row, then every attack on every surrogate, each followed by its controls."""
    yield Shown(bench.craft(_choice("clean")), None, None, None, role="clean")
    for attack in bench.study.attacks:
        named = partial(Shown, attack=attack.name, budget=attack.budget, norm=attack.norm, epsilon=attack.epsilon)
        if not {"model", "models"} & set(attack.inputs):
            yield named(bench.craft(attack.choice), None, role="control", control=attack.name)
            continue
        for surrogate in bench.study.surrogates:
            made = bench.craft(attack.choice, surrogate, toward=attack.toward, steps=attack.also_at_steps)
            first = named(made, surrogate)
            if attack.also_at_steps:
                first = replace(first, iterated=attack.name, step=attack.choice.settings["steps"])
            for shown in (first, *_iterates(bench, attack, first), *_rescaled(bench, attack, first)):
                yield shown
                yield from _controls(bench, shown)


def _iterates(bench: _Bench, attack: Attack, shown: Shown) -> Iterator[Shown]:
    """The same attack after fewer steps: one craft, shown as often as it is asked for."""
    for step in attack.also_at_steps:
        task = bench.craft(_choice("iterate"), shown.surrogate, like=shown.task, step=step, toward=attack.toward)
        yield replace(shown, task=task, attack=f"{attack.name} at step {step}", step=step)


def _rescaled(bench: _Bench, attack: Attack, shown: Shown) -> Iterator[Shown]:
    """The same perturbations at other sizes, as in Table 4 of Szegedy et al. 2014."""
    for rms in attack.also_at_rms:
        task = bench.craft(_choice("rescale", rms=rms), shown.surrogate, like=shown.task, toward=attack.toward)
        yield replace(shown, task=task, budget=f"rms {rms:g}", norm="rms", epsilon=rms, iterated=None, step=None)


def _controls(bench: _Bench, shown: Shown) -> Iterator[Shown]:
    """What stands beside a craft: as large image by image, in its norm, or in rms where that has none."""
    for control in bench.study.controls:
        settings = {name: value for name, value in control.choice.settings.items() if name != "epsilon"}
        if "norm" in settings:
            settings["norm"] = shown.norm or "rms"
        choice = replace(control.choice, settings=settings)
        yield replace(
            shown,
            task=bench.craft(choice, shown.surrogate, like=shown.task),
            role="control",
            control=control.name,
        )


def _choice(name: str, **settings: Any) -> Choice:
    return Choice(name, settings, catalog.describe("attacks", name).revision)


def _tiles(
    study: Study, shown: Sequence[Shown], targets: Sequence[Train], covered: Collection[Square]
) -> Iterator[Evaluate]:
    """One surrogate's crafts shown to a block of targets, without the squares that are covered."""
    rows: dict[tuple[str, ...], list[Craft]] = {}
    for one in shown:
        rows.setdefault(tuple(surrogate.id for surrogate in one.task.surrogates), []).append(one.task)
    for crafts in rows.values():
        for start in range(0, len(targets), BLOCK):
            left: dict[tuple[Craft, ...], list[Train]] = {}
            for target in _once(targets[start : start + BLOCK]):
                missing = tuple(craft for craft in _once(crafts) if (craft.id, target.id) not in covered)
                if missing:
                    left.setdefault(missing, []).append(target)
            for missing, block in left.items():
                yield Evaluate(missing, tuple(block), precision=study.precision, batch=study.batch)


def _once(tasks: Any) -> tuple[Any, ...]:
    """The tasks without repetition, in order: two names may ask for the same work."""
    return tuple(dict.fromkeys(tasks))


def _document(study: Study, facts: Facts, networks: dict[str, Train], shown: Sequence[Shown]) -> dict[str, Any]:
    return {
        "version": 1,
        "study": study.name,
        "title": study.title,
        "data": {"dataset": study.data.name, "digests": dict(facts.digests), "classes": facts.classes},
        "models": [
            {
                "model": networks[network.name].id,
                "name": network.name,
                "family": network.family,
                "architecture": network.architecture.name,
                "split": network.split,
                "seed": network.seed,
                "order": order,
                "is_surrogate": network.name in study.surrogates,
                "is_target": network.name in study.targets,
            }
            for order, network in enumerate(study.networks)
        ],
        "crafts": [
            {
                "craft": one.task.id,
                "surrogate": one.surrogate,
                "surrogates": [surrogate.id for surrogate in one.task.surrogates],
                "attack": one.attack,
                "budget": one.budget,
                "norm": one.norm,
                "epsilon": one.epsilon,
                "role": one.role,
                "control": one.control,
                "like": one.task.like.id if one.task.like else None,
                "part": one.task.data.part,
                "images": one.task.images,
                "toward": None if one.task.toward is None else str(one.task.toward),
                "iterated": one.iterated,
                "step": one.step,
                "order": order,
            }
            for order, one in enumerate(shown)
        ],
        "resolved": study.resolved(),
    }
