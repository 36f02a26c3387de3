"""A study as a value: every default written out, every sweep made one of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from transfer.study.problems import Place, Problems
from transfer.tasks import Choice


@runtime_checkable
class Counted(Protocol):
    """What a study must know of its data to be checked against it; `transfer.datasets.Facts` is one."""

    @property
    def classes(self) -> int: ...
    @property
    def counts(self) -> Mapping[str, int]: ...


@dataclass(frozen=True)
class Network:
    """One model of the matrix: trained on a split with a seed, or loaded from a file of weights."""

    name: str
    family: str
    architecture: Choice
    recipe: Choice | None
    split: str  # "all", or the name of a split
    seed: int
    weights: Path | None = None
    weights_digest: str | None = None  # SHA-256 of the file

    def resolved(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "family": self.family,
            "architecture": self.architecture.spec(),
            "recipe": self.recipe.spec() if self.recipe else None,
            "split": self.split,
            "seed": self.seed,
            "weights": self.weights_digest,
        }


@dataclass(frozen=True)
class Attack:
    """One attack with one budget, or a control."""

    name: str
    budget: str  # norm and epsilon as they were written: "linf 8/255"; "as crafted" without an epsilon
    choice: Choice
    norm: str | None = None
    epsilon: float | None = None
    toward: str | int | None = None  # random_wrong, least_likely or a class; None: away from the label
    also_at_rms: tuple[float, ...] = ()
    also_at_steps: tuple[int, ...] = ()
    inputs: tuple[str, ...] = ()  # positional parameters of the function
    entry: str = ""  # the key under which it stands, which may have been swept to several

    def resolved(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "budget": self.budget,
            "attack": self.choice.spec(),
            "norm": self.norm,
            "epsilon": self.epsilon,
            "toward": self.toward,
            "also_at_rms": list(self.also_at_rms),
            "also_at_steps": list(self.also_at_steps),
        }


@dataclass(frozen=True)
class Measurement:
    """A probe, and the attacks at whose crafts it looks if it looks at any."""

    name: str
    choice: Choice
    inputs: tuple[str, ...]  # positional parameters of the function: what it is asked of
    of: tuple[str, ...] = ()  # names of attacks

    def resolved(self) -> dict[str, Any]:
        return {"name": self.name, "probe": self.choice.spec(), "of": list(self.of)}


@dataclass(frozen=True)
class Ensemble:
    """One surrogate made of several networks."""

    name: str
    members: tuple[str, ...]  # names of networks

    def resolved(self) -> dict[str, Any]:
        return {"name": self.name, "members": list(self.members)}


@dataclass(frozen=True)
class Study:
    """What a person asks for, checked as far as it can be without the data."""

    name: str
    title: str
    data: Choice
    splits: Mapping[str, int | Fraction]  # images or share of the training part, cut in this order
    networks: tuple[Network, ...]
    attacks: tuple[Attack, ...]
    controls: tuple[Attack, ...]
    probes: tuple[Measurement, ...]
    ensembles: tuple[Ensemble, ...]
    surrogates: tuple[str, ...]  # names of networks and ensembles
    targets: tuple[str, ...]  # names of networks
    images: Mapping[str, int]  # how many of each part are attacked
    pixels: str
    precision: str
    batch: int
    study_seed: int
    path: Path
    modules: Mapping[str, Path] = field(default_factory=dict)  # SHA-256 to file, of what travels to the workers
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)

    def resolved(self) -> dict[str, Any]:
        """The study as JSON: equal for files that say the same, wherever they lie and however they say it."""
        return {
            "title": self.title,
            "data": self.data.spec(),
            # A list: where a split begins depends on those before it.
            "splits": [[name, str(size) if isinstance(size, Fraction) else size] for name, size in self.splits.items()],
            "models": [network.resolved() for network in self.networks],
            "attacks": [attack.resolved() for attack in self.attacks],
            "controls": [control.resolved() for control in self.controls],
            "probes": [probe.resolved() for probe in self.probes],
            "ensembles": [ensemble.resolved() for ensemble in self.ensembles],
            "surrogates": list(self.surrogates),
            "targets": list(self.targets),
            "images": dict(self.images),
            "pixels": self.pixels,
            "precision": self.precision,
            "batch": self.batch,
            "study_seed": self.study_seed,
        }

    def check(self, facts: Counted) -> None:
        """Raises StudyError for what only the data can tell: too few images, a class that it lacks."""
        problems = Problems()
        here = Place(str(self.path))
        count = facts.counts.get("train", 0)
        needed = sum(int(size * count) if isinstance(size, Fraction) else size for size in self.splits.values())
        if needed > count:
            text = f"{len(self.splits)} splits need {needed:,} images; the training part has {count:,}"
            problems.add("S032", self.places.get("splits", here), text)
        for part, images in self.images.items():
            if images > facts.counts.get(part, 0):
                text = f"images.{part}: {images:,} images are asked for; the part has {facts.counts.get(part, 0):,}"
                problems.add("S032", self.places.get("images", here), text)
        for attack in self.attacks:
            if isinstance(attack.toward, int) and attack.toward >= facts.classes:
                text = f"attacks.{attack.name}.toward: class {attack.toward}; the classes are 0 to {facts.classes - 1}"
                problems.add("S095", self.places.get("attacks", here), text)
        problems.raise_any()
