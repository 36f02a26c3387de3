"""What is crafted: the clean row, every attack on every surrogate, and what stands beside each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from transfer import catalog
from transfer.study import Attack, Study
from transfer.tasks import Choice, Craft, Part, Train


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


class Bench:
    """What every craft of a study shares, for one part of its images."""

    def __init__(self, study: Study, part: Part, networks: dict[str, Train]) -> None:
        self.study, self.part, self.networks = study, part, networks
        self.members = {ensemble.name: ensemble.members for ensemble in study.ensembles}
        # The row of images made elsewhere has no network of ours.
        self.members |= {one.name: () for one in study.attacks if one.imported and not one.imported.surrogate}

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


def crafts(bench: Bench) -> Iterator[Shown]:
    """The clean row, then every attack on every surrogate, each followed by its controls."""
    yield Shown(bench.craft(_choice("clean")), None, None, None, role="clean")
    for attack in bench.study.attacks:
        named = partial(Shown, attack=attack.name, budget=attack.budget, norm=attack.norm, epsilon=attack.epsilon)
        if attack.imported:
            row = attack.imported.surrogate or attack.name
            first = named(bench.craft(attack.choice, row), row)
            yield from (first, *_controls(bench, first)) if attack.imported.part == bench.part.part else ()
            continue
        if not {"model", "models"} & set(attack.inputs):
            yield named(bench.craft(attack.choice), None, role="control", control=attack.name)
            continue
        for surrogate in attack.surrogates or bench.study.surrogates:
            made = bench.craft(attack.choice, surrogate, toward=attack.toward, steps=attack.also_at_steps)
            first = named(made, surrogate)
            if attack.also_at_steps:
                first = replace(first, iterated=attack.name, step=attack.choice.settings["steps"])
            for shown in (first, *_iterates(bench, attack, first), *_rescaled(bench, attack, first)):
                yield shown
                yield from _controls(bench, shown)


def _iterates(bench: Bench, attack: Attack, shown: Shown) -> Iterator[Shown]:
    """The same attack after fewer steps: one craft, shown as often as it is asked for."""
    for step in attack.also_at_steps:
        task = bench.craft(_choice("iterate"), shown.surrogate, like=shown.task, step=step, toward=attack.toward)
        yield replace(shown, task=task, attack=f"{attack.name} at step {step}", step=step)


def _rescaled(bench: Bench, attack: Attack, shown: Shown) -> Iterator[Shown]:
    """The same perturbations at other sizes, as in Table 4 of Szegedy et al. 2014."""
    for rms in attack.also_at_rms:
        task = bench.craft(_choice("rescale", rms=rms), shown.surrogate, like=shown.task, toward=attack.toward)
        yield replace(shown, task=task, budget=f"rms {rms:g}", norm="rms", epsilon=rms, iterated=None, step=None)


def _controls(bench: Bench, shown: Shown) -> Iterator[Shown]:
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
