"""What a study asks for, as values: a task holds the tasks it needs and is named by the hash of its content.

Where a task runs, on what and in which order is no part of it. Nothing here imports torch: the driver of a
cluster builds these values and never trains a network.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from transfer.identity import digest

IMPORTED = "imported"  # the name of what is no attack of ours: images made elsewhere, a file by its SHA-256


@dataclass(frozen=True)
class Choice:
    """A function of the catalogue with every setting written out, defaults included.

    `revision` is the function's REVISION, or the digest of the file for `module:function`, so that editing
    an attack of one's own makes new work.
    """

    name: str
    settings: Mapping[str, Any]
    revision: int | str = 1

    def spec(self) -> dict[str, Any]:
        settings = {name: _spec(one) for name, one in self.settings.items()}
        return {"name": self.name, "settings": settings, "revision": self.revision}


def _spec(setting: Any) -> Any:
    """A setting may itself be a choice, the attack of adversarial training, or a model that is asked for answers."""
    if isinstance(setting, Choice):
        return setting.spec()
    return setting.id if isinstance(setting, Task) else setting


@dataclass(frozen=True)
class Part:
    """The training or the test part of a data set, pinned by the digest of its pixels and labels."""

    dataset: Choice
    part: str
    digest: str
    shape: tuple[int, int, int]
    classes: int

    def __hash__(self) -> int:
        return hash((self.part, self.digest))

    def spec(self) -> dict[str, Any]:
        # The digest covers the images, so where they were read from is no part of the identity.
        return {"part": self.part, "digest": self.digest, "shape": self.shape, "classes": self.classes}


@dataclass(frozen=True)
class Split:
    """A label-balanced piece of the training part: positions start to stop of the order drawn from `seed`."""

    start: int
    stop: int
    seed: int

    def spec(self) -> dict[str, Any]:
        return {"start": self.start, "stop": self.stop, "seed": self.seed}


@dataclass(frozen=True)
class Task:
    """A pure function of its content, one commit record, one id."""

    stage: ClassVar[str] = ""
    version: ClassVar[int] = 1  # raised when the stage's rows or its meaning change

    def content(self) -> dict[str, Any]:
        raise NotImplementedError

    def needs(self) -> Iterator["Task"]:
        """The tasks whose committed objects this one reads."""
        return iter(())

    @cached_property
    def id(self) -> str:
        return digest(self.spec())

    def spec(self) -> dict[str, Any]:
        """What determines the task's bytes, as JSON; inputs appear as their ids."""
        return {"stage": self.stage, "version": self.version, **self.content()}

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and self.id == other.id


@dataclass(frozen=True, eq=False)
class Train(Task):
    """One network: trained by a recipe on a split, or loaded from a file of weights (then `recipe` is None).

    After each of `epochs` the weights are kept beside the result; `epoch` says which of those of `training` this
    one is: a network at a point of its training, which is a model like any other. A setting of the recipe may be
    another model. One that `answers` with labels is a black box to whoever attacks it or asks it.
    """

    stage: ClassVar[str] = "train"

    data: Part
    test: Part  # looked at once, when training has ended
    architecture: Choice
    recipe: Choice | None = None
    split: Split | None = None
    seed: int = 0
    weights: str | None = None  # SHA-256 of a safetensors file kept under inputs/
    epochs: tuple[int, ...] = ()
    training: "Train | None" = None
    epoch: int | None = None
    answers: str = "logits"  # or labels
    precision: str = "float32"
    threads: int = 1

    def content(self) -> dict[str, Any]:
        return {
            "data": self.data.spec(),
            "test": self.test.spec(),
            "architecture": self.architecture.spec(),
            "recipe": self.recipe.spec() if self.recipe else None,
            "split": self.split.spec() if self.split else None,
            "seed": self.seed,
            "weights": self.weights,
            "epochs": self.epochs,
            "training": self.training.id if self.training else None,
            "epoch": self.epoch,
            "answers": self.answers,
            "precision": self.precision,
            "threads": self.threads,
        }

    def needs(self) -> Iterator[Task]:
        yield from [self.training] if self.training else self.asks()

    def asks(self) -> "tuple[Train, ...]":
        """The models that its recipe asks while it trains."""
        settings = self.recipe.settings.values() if self.recipe and not self.training else ()
        return tuple(one for one in settings if isinstance(one, Train))


@dataclass(frozen=True, eq=False)
class Craft(Task):
    """One attack with one budget on one surrogate or ensemble, over the study's images.

    `like` is the craft whose perturbations a control is made from (noise of equal size, a rescaled copy,
    shuffled signs). Without surrogates it is made once for all: the clean row, noise of a given size. After each of
    `steps` the iterate is kept beside the result; `step` says which of those of `like` this one is made from.
    """

    stage: ClassVar[str] = "craft"
    version: ClassVar[int] = 2

    surrogates: tuple[Train, ...]
    attack: Choice
    data: Part
    images: int  # how many of the part, drawn label-balanced from `seed`
    seed: int = 0  # the study's: draws the images, the goals and the attack's own randomness
    toward: str | int | None = None  # random_wrong, least_likely or a class; None: away from the label
    like: "Craft | None" = None
    steps: tuple[int, ...] = ()
    step: int | None = None
    pixels: str = "exact"  # or 8bit: rounded to the nearest image-file value before anything is measured
    precision: str = "float32"
    batch: int = 250
    threads: int = 1

    def content(self) -> dict[str, Any]:
        return {
            "surrogates": [surrogate.id for surrogate in self.surrogates],
            "attack": self.attack.spec(),
            "data": self.data.spec(),
            "images": self.images,
            "seed": self.seed,
            "toward": self.toward,
            "like": self.like.id if self.like else None,
            "steps": self.steps,
            "step": self.step,
            "pixels": self.pixels,
            "precision": self.precision,
            "batch": self.batch,
            "threads": self.threads,
        }

    def needs(self) -> Iterator[Task]:
        yield from self.surrogates
        if self.like:
            yield self.like


@dataclass(frozen=True, eq=False)
class Evaluate(Task):
    """A tile of the matrix: one surrogate's crafts shown to a block of targets."""

    stage: ClassVar[str] = "evaluate"

    crafts: tuple[Craft, ...]
    targets: tuple[Train, ...]
    precision: str = "float32"
    batch: int = 250
    threads: int = 1

    def content(self) -> dict[str, Any]:
        return {
            "crafts": [craft.id for craft in self.crafts],
            "targets": [target.id for target in self.targets],
            "precision": self.precision,
            "batch": self.batch,
            "threads": self.threads,
        }

    def needs(self) -> Iterator[Task]:
        yield from self.crafts
        yield from self.targets


@dataclass(frozen=True, eq=False)
class Probe(Task):
    """A measurement that is not a transfer: of a network, of an ordered pair, of a craft on its surrogate."""

    stage: ClassVar[str] = "probe"

    probe: Choice
    data: Part
    images: int  # how many of the part, those that a craft of the study attacks
    model: Train | None = None
    other: Train | None = None
    craft: Craft | None = None
    seed: int = 0
    precision: str = "float32"
    threads: int = 1

    def content(self) -> dict[str, Any]:
        return {
            "probe": self.probe.spec(),
            "data": self.data.spec(),
            "images": self.images,
            "model": self.model.id if self.model else None,
            "other": self.other.id if self.other else None,
            "craft": self.craft.id if self.craft else None,
            "seed": self.seed,
            "precision": self.precision,
            "threads": self.threads,
        }

    def needs(self) -> Iterator[Task]:
        yield from (need for need in (self.model, self.other, self.craft) if need)
