"""Before anything is trained: every network built, every recipe and attack run on a few images, nothing written."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from safetensors.torch import load
from torch import nn

from transfer.errors import TransferError
from transfer.identity import digest
from transfer.plan import Asked, Plan, Shown
from transfer.shapes import Counts, Images
from transfer.shelf import Shelf, images_of
from transfer.splits import chosen
from transfer.stages import STAGES
from transfer.tasks import Choice, Craft, Probe, Train
from transfer.train import frozen, in_precision, logits_of, score, train

IMAGES = 8
LOOKED_AT, FEWEST = 200, 20  # test images that weights trained elsewhere are tried on
Value = TypeVar("Value")


class Line(NamedTuple):
    """What was tried, and the problem if there was one."""

    what: str
    problem: str | None = None
    remark: str | None = None  # what a person should look at, although it works


class Rehearsal(Shelf):
    """A shelf whose networks are untrained and whose images are made on the spot."""

    def _read_model(self, task: Train, precision: str) -> tuple[nn.Module, str]:
        return frozen(in_precision(self.started(task), precision)), "rehearsed"

    def _read_images(self, task: Craft, step: int | None) -> tuple[tuple[Images, Counts | None], str]:
        objects, _ = STAGES["craft"](task, self)
        return images_of(load(objects["images"].data), step), "rehearsed"


def rehearse(plan: Plan, shelf: Rehearsal, names: dict[str, str]) -> Iterator[Line]:
    """A line for each kind of network, each way to train it and each attack on it; `names` are the models' by id.

    Whatever a person's own code raises is a line, not an end: all problems are told at once.
    """
    broken = set()
    for task in _one_of_each(plan.trains, _network_kind):
        what = f"model {names[task.id]}: {task.architecture.name}"
        try:
            yield Line(f"{what}, {_network(task, shelf):,} weights", remark=_chance(task, shelf, names[task.id]))
        except Exception as error:  # a person's own code may raise anything
            broken.add(digest(task.architecture.spec()))
            yield Line(what, _told(error))
    for task in _one_of_each([one for one in plan.trains if not one.training], _way):
        if task.recipe is None or digest(task.architecture.spec()) in broken:
            continue
        what = f"recipe {task.recipe.name} of {names[task.id]}"
        try:
            _begin(task, task.recipe, shelf)
            yield Line(what)
        except Exception as error:  # likewise
            yield Line(what, _told(error))
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
            yield Line(what, _told(error))

    for asked in _one_of_each(plan.probes, _probe_kind):
        what = " ".join(filter(None, ("probe", asked.name, asked.model and f"of {asked.model}")))
        try:
            STAGES["probe"](_small_probe(asked.task), shelf)
            yield Line(what)
        except Exception as error:  # likewise
            yield Line(what, _told(error))


def _network(train: Train, shelf: Rehearsal) -> int:
    """Builds it, loads its weights, looks at its logits; its number of weights."""
    module, _ = shelf.model(train)
    images, _ = shelf.data(train.test)
    logits = logits_of(module, images[:IMAGES], IMAGES)
    wanted = (len(images[:IMAGES]), shelf.answers(train))
    if logits.shape != wanted:
        raise ValueError(f"gives {tuple(logits.shape)} for {wanted[0]} images of {wanted[1]} classes, not {wanted}")
    if not logits.isfinite().all():
        raise ValueError("gives logits that are not finite")
    return sum(parameter.numel() for parameter in module.parameters())


def _begin(task: Train, recipe: Choice, shelf: Rehearsal) -> None:
    """Trains it for an epoch, on a few images of each class."""
    images, labels = shelf.data(task.data)
    some = chosen(labels, min(2 * task.data.classes, len(labels)), 0)
    settings = {**shelf.settings(recipe), **({"epochs": 1} if "epochs" in recipe.settings else {})}
    train(shelf.started(task), shelf.function("recipes", recipe), settings, images[some], labels[some], seed=task.seed)


def _chance(train: Train, shelf: Rehearsal, name: str) -> str | None:
    """What to say of weights trained elsewhere that classify no better than a guess."""
    images, labels = shelf.data(train.test)
    if not train.weights or len(labels) < FEWEST:
        return None
    some = chosen(labels, min(LOOKED_AT, len(labels)), 0)
    right = score(shelf.model(train)[0], images[some], labels[some]).right
    chance = labels[some].bincount().max().item() / len(some)  # of always saying the commonest class
    if right / len(some) > chance + 2 * (chance * (1 - chance) / len(some)) ** 0.5:
        return None
    rates = f"{name!r} scores {right / len(some):.1%} on {len(some)} images (chance {chance:.0%})"
    return f"warning[W072]: {rates}: wrong preprocessing or class order?"


def _told(error: Exception) -> str:
    """A problem of ours by its code, and one of a person's code by its kind."""
    return f"[{error.code}] {error.text}" if isinstance(error, TransferError) else f"{type(error).__name__}: {error}"


def _small(task: Craft) -> Craft:
    return replace(task, images=IMAGES, like=_small(task.like) if task.like else None)


def _small_probe(task: Probe) -> Probe:
    return replace(task, images=IMAGES, craft=_small(task.craft) if task.craft else None)


def _network_kind(task: Train) -> list[object]:
    # A recipe may add an answer.
    return [task.architecture.spec(), task.weights, task.recipe.name if task.recipe else None]


def _way(task: Train) -> list[object]:
    return [task.architecture.spec(), task.recipe.spec() if task.recipe else None]


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
