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
    @property
    def digests(self) -> Mapping[str, str]: ...


class ModelName(str):
    """A setting that is another model of the study, by its name."""

    __slots__ = ()


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
    epochs: tuple[int, ...] = ()  # after which its training is also looked at
    trained_as: str | None = None  # the network to which the training leads that this one is a point of
    epoch: int | None = None  # of that training
    answers: str = "logits"  # or labels: a black box

    def resolved(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "family": self.family,
            "architecture": self.architecture.spec(),
            "recipe": self.recipe.spec() if self.recipe else None,
            "split": self.split,
            "seed": self.seed,
            "weights": self.weights_digest,
            "epoch": self.epoch,
            "answers": self.answers,
        }


@dataclass(frozen=True)
class Imported:
    """A file of images made elsewhere, as `transfer import-images` has checked it."""

    path: Path
    digest: str  # SHA-256 of the file
    part: str
    data: str  # digest of the part's pixels and labels that it was checked against
    images: int
    surrogate: str | None  # the model of the study that they were made on; None: another


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
    surrogates: tuple[str, ...] = ()  # rows of the study that it attacks; none: all
    entry: str = ""  # the key under which it stands, which may have been swept to several
    imported: Imported | None = None  # then nothing is attacked, and the images are those of a file

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
            "surrogates": list(self.surrogates),
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
    splits: Mapping[str, int | Fraction]  # images or share of the training part, cut in this order of each drawing
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
    keep: str  # all pixels, a sample of them or none, once nothing is left to read them
    study_seed: int
    path: Path
    drawings: Mapping[str, int] = field(default_factory=dict)  # of splits that are not of the first, 0
    modules: Mapping[str, Path] = field(default_factory=dict)  # SHA-256 to file, of what travels to the workers
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)

    def resolved(self) -> dict[str, Any]:
        """The study as JSON: equal for files that say the same, wherever they lie and however they say it."""
        return {
            "title": self.title,
            "data": self.data.spec(),
            # A list: where a split begins depends on those before it.
            "splits": [
                [name, str(size) if isinstance(size, Fraction) else size, *filter(None, [self.drawings.get(name)])]
                for name, size in self.splits.items()
            ],
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
            "keep": self.keep,
            "study_seed": self.study_seed,
        }

    @property
    def data_source(self) -> Path | None:
        """The file of a data set of a person's own that lies beside the study."""
        return self.modules.get(str(self.data.revision))

    @property
    def files(self) -> dict[str, Path]:
        """What travels to the workers, by its SHA-256: modules of a person's own, weights, images made elsewhere."""
        files = dict(self.modules)
        files |= {one.weights_digest: one.weights for one in self.networks if one.weights and one.weights_digest}
        files |= {one.imported.digest: one.imported.path for one in self.attacks if one.imported}
        return files

    def check(self, facts: Counted) -> None:
        """Raises StudyError for what only the data can tell: too few images, a class that it lacks."""
        problems = Problems()
        here = Place(str(self.path))
        count = facts.counts.get("train", 0)
        for drawing in {self.drawings.get(name, 0) for name in self.splits}:
            sizes = [size for name, size in self.splits.items() if self.drawings.get(name, 0) == drawing]
            needed = sum(int(size * count) if isinstance(size, Fraction) else size for size in sizes)
            if needed > count:
                text = f"{len(sizes)} splits need {needed:,} images; the training part has {count:,}"
                problems.add("S032", self.places.get("splits", here), text)
        for part, images in self.images.items():
            if images > facts.counts.get(part, 0):
                text = f"images.{part}: {images:,} images are asked for; the part has {facts.counts.get(part, 0):,}"
                problems.add("S032", self.places.get("images", here), text)
        for attack in self.attacks:
            if isinstance(attack.toward, int) and attack.toward >= facts.classes:
                text = f"attacks.{attack.name}.toward: class {attack.toward}; the classes are 0 to {facts.classes - 1}"
                problems.add("S095", self.places.get("attacks", here), text)
            if attack.imported:
                self._check_imported(attack.imported, f"attacks.{attack.name}.images", facts, problems)
        problems.raise_any()

    def _check_imported(self, file: Imported, path: str, facts: Counted, problems: Problems) -> None:
        place = self.places.get("attacks", Place(str(self.path)))
        asked = self.images.get(file.part, 0)
        if facts.digests.get(file.part) != file.data:
            text = f"{path}: {file.path.name} was made for other {file.part} images than this study's; import it again"
            problems.add("D059", place, text)
        elif not asked:
            problems.add("S032", place, f"{path}: {file.path.name} holds {file.part} images; the study attacks none")
        elif asked > file.images:
            text = f"{asked:,} {file.part} images are asked for; {file.path.name} holds {file.images:,}"
            problems.add("S032", place, f"{path}: {text}")
