"""Before anything is trained: every network built, every attack run on a few images, nothing written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from safetensors.torch import load
from torch import nn

from transfer.identity import digest
from transfer.plan import Asked, Plan, Shown
from transfer.shapes import Counts, Images
from transfer.shelf import Shelf, images_of
from transfer.stages import STAGES
from transfer.tasks import Craft, Probe, Train
from transfer.train import frozen, in_precision, logits_of

IMAGES = 8
Value = TypeVar("Value")


class Line(NamedTuple):
    """What was tried, and the problem if there was one."""

    what: str
    problem: str | None = None


class Rehearsal(Shelf):
    """A shelf whose networks are untrained and whose images are made on the spot."""

    def _read_model(self, task: Train, precision: str) -> tuple[nn.Module, str]:
        return frozen(in_precision(self.started(task), precision)), "rehearsed"

    def _read_images(self, task: Craft, step: int | None) -> tuple[tuple[Images, Counts | None], str]:
        objects, _ = STAGES["craft"](task, self)
        return images_of(load(objects["images" if step is None else "iterates"].data), step), "rehearsed"


def rehearse(plan: Plan, shelf: Rehearsal, names: dict[str, str]) -> Iterator[Line]:
    """A line for each kind of network and for each attack on each kind of network; `names` are the models' by id.

    Whatever a person's own code raises is a line, not an end: all problems are told at once.
    """
    broken = set()
    for train in _one_of_each(plan.trains, lambda task: [task.architecture.spec(), task.weights]):
        what = f"model {names[train.id]}: {train.architecture.name}"
        try:
            yield Line(f"{what}, {_network(train, shelf):,} weights")
        except Exception as error:  # a person's own code may raise anything
            broken.add(digest(train.architecture.spec()))
            yield Line(what, f"{type(error).__name__}: {error}")
    for shown in _one_of_each(plan.crafts, _kind):
        if any(digest(surrogate.architecture.spec()) in broken for surrogate in shown.task.surrogates):
            continue
        what = " ".join(filter(None, (shown.control, shown.attack, shown.budget))) or "clean images"
        if shown.task.surrogates:
            what += " on " + " + ".join(surrogate.architecture.name for surrogate in shown.task.surrogates)
        try:
            STAGES["craft"](_small(shown.task), shelf)
            yield Line(what)
        except Exception as error:  # likewise
            yield Line(what, f"{type(error).__name__}: {error}")

    for asked in _one_of_each(plan.probes, _probe_kind):
        what = " ".join(filter(None, ("probe", asked.name, asked.model and f"of {asked.model}")))
        try:
            STAGES["probe"](_small_probe(asked.task), shelf)
            yield Line(what)
        except Exception as error:  # likewise
            yield Line(what, f"{type(error).__name__}: {error}")


def _network(train: Train, shelf: Rehearsal) -> int:
    """Builds it, loads its weights, looks at its logits; its number of weights."""
    module, _ = shelf.model(train)
    images, _ = shelf.data(train.test)
    logits = logits_of(module, images[:IMAGES], IMAGES)
    wanted = (len(images[:IMAGES]), train.data.classes)
    if logits.shape != wanted:
        raise ValueError(f"gives {tuple(logits.shape)} for {wanted[0]} images of {wanted[1]} classes, not {wanted}")
    if not logits.isfinite().all():
        raise ValueError("gives logits that are not finite")
    return sum(parameter.numel() for parameter in module.parameters())


def _small(task: Craft) -> Craft:
    return replace(task, images=IMAGES, like=_small(task.like) if task.like else None)


def _small_probe(task: Probe) -> Probe:
    return replace(task, images=IMAGES, craft=_small(task.craft) if task.craft else None)


def _probe_kind(asked: Asked) -> list[object]:
    task = asked.task
    return [task.probe.spec(), *(one.architecture.spec() if one else None for one in (task.model, task.other))]


def _kind(shown: Shown) -> list[object]:
    task = shown.task
    return [
        task.attack.spec(),
        [surrogate.architecture.spec() for surrogate in task.surrogates],
        task.like.attack.spec() if task.like else None,
        task.toward,
    ]


def _one_of_each(values: Sequence[Value], kind: Callable[[Value], object]) -> list[Value]:
    """The first value of each kind, in order."""
    return list({digest(kind(value)): value for value in reversed(values)}.values())[::-1]
