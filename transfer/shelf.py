"""What one process has read of a results folder: every digest checked, the latest kept in memory."""

import functools
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.torch import load, load_file
from torch import Tensor, nn

from transfer import catalog, datasets, splits, weights
from transfer.architectures._fitted import Fitted
from transfer.black_box import LabelsOnly, Queried
from transfer.errors import DamagedResults, EnvironmentProblem, TransferError
from transfer.evaluate import classes_of
from transfer.recipes._adversary import adversary
from transfer.shapes import Counts, Images, Labels
from transfer.store import Dropped, Record, Store
from transfer.store.dropped import put_back
from transfer.tasks import Choice, Craft, Part, Probe, Task, Train
from transfer.train import DTYPES, build, frozen, in_precision, logits_of, pixels

KEPT = {
    "model": 512,
    "craft": 32,
    "data": 4,
    "ids": 16,
    "classes": 64,
    "clean": 256,
}  # of each kind, the least used goes first
BYTES = {"model": 1 << 29, "craft": 1 << 29}  # and sooner where they are larger than this together
DIGEST = re.compile("[0-9a-f]{64}")
Loaded = TypeVar("Loaded")


def make_room(memory: float) -> None:
    """Of a GPU's memory a quarter is for networks and a quarter for crafts, the rest for what is computed with them."""
    for kind in BYTES:
        BYTES[kind] = max(BYTES[kind], int(memory / 4))


class Shelf:
    """Models, crafted images and data of a store, read once."""

    def __init__(self, store: Store, craft: "Callable[[Craft, Shelf], bytes] | None" = None) -> None:
        self.store = store
        self._craft = craft  # makes the file of a craft's images again, where they were let go
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._bytes: dict[tuple[str, str], int] = {}

    def model(self, task: Train, precision: str = "float32") -> tuple[nn.Module, str]:
        """A trained network, frozen, and the digest of its weights; of a black box no more than its labels."""

        def read() -> tuple[nn.Module, str]:
            module, sha256 = self._read_model(task, precision)
            return (LabelsOnly(module, DTYPES[precision]) if task.answers == "labels" else module), sha256

        return self._once("model", f"{task.id} {precision}", read)

    def crafted(self, task: Craft, step: int | None = None) -> tuple[tuple[Images, Counts | None], str]:
        """The images of a craft, or its iterate after a step with the gradients spent, and the digest of their file."""
        return self._once("craft", f"{task.id} {step}", lambda: self._read_images(task, step))

    def data(self, part: Part) -> tuple[Tensor, Labels]:
        """The bytes and labels of a part of a data set."""
        revision = str(part.dataset.revision)
        return _read_data(part, self.store.kept(revision, ".py") if DIGEST.fullmatch(revision) else None)

    def chosen(self, task: Craft | Probe) -> tuple[Tensor, Tensor, Labels]:
        """Indices, bytes and labels of the images that a craft attacks or a probe looks at."""
        images, labels = self.data(task.data)
        key = f"{task.data.digest} {task.images} {task.seed}"
        ids = self._once("ids", key, lambda: splits.chosen(labels, task.images, task.seed))
        return ids, images[ids], labels[ids]

    def function(self, kind: str, choice: Choice) -> Callable[..., Any]:
        """The function of a choice; one of a person's own comes from the module kept beside the results."""
        if not isinstance(choice.revision, str):
            return catalog.load(kind, choice.name)
        if DIGEST.fullmatch(choice.revision):
            return catalog.load(kind, choice.name, self.store.kept(choice.revision, ".py"))
        return _of_library(kind, choice)

    def imported(self, task: Craft, ids: Tensor, labels: Labels) -> Images:
        """Images made elsewhere, those that the study attacks. Raises TransferError where one is not there."""
        held = _load(self.store.kept(task.attack.settings["file"], ".safetensors"))
        places = {image: place for place, image in enumerate(held["image"].tolist())}
        missing = [image for image in ids.tolist() if image not in places]
        if missing:
            text = f"{len(missing)} of the {len(ids)} images that the study attacks were not made elsewhere"
            raise TransferError("D052", f"{text} (first: image {missing[0]}). Import them all")
        own = torch.tensor([places[image] for image in ids.tolist()])
        if not torch.equal(held["label"][own].long(), labels):
            raise TransferError("D050", "the images made elsewhere have other labels than the data. Import them again")
        return pixels(held["crafted"][own])

    def untrained(self, task: Train) -> nn.Module:
        """The network of a task before training."""
        architecture = self.function("architectures", task.architecture)
        return build(architecture, task.architecture.settings, task.data.shape, self.answers(task), task.seed)

    def settings(self, choice: Choice) -> dict[str, Any]:
        """The settings of a recipe, ready to be handed to it: an attack is a function, a model counts its queries."""
        settings = dict(choice.settings)
        for name, value in choice.settings.items():
            if isinstance(value, Choice):
                settings[name] = adversary(self.function("attacks", value), value.settings)
            if isinstance(value, Train):
                settings[name] = Queried(self.model(value)[0])
        return settings

    def answers(self, task: Train) -> int:
        """How many classes a network tells apart: those of the data, and those that its recipe adds."""
        recipe = self.function("recipes", task.recipe) if task.recipe else None
        extra: int = getattr(sys.modules[recipe.__module__], "EXTRA_CLASSES", 0) if recipe else 0
        return task.data.classes + extra

    def network_at(self, training: Train, epoch: int) -> tuple[nn.Module, str]:
        """The network of a training after one of its epochs, and the digest of the file that holds it."""
        record = self._record(training)
        module = self.untrained(training)
        module.load_state_dict(_weights_in(load_file(self.store.fetch(record, "weights")), epoch))
        return module, record.objects["weights"]["sha256"]

    def started(self, task: Train) -> nn.Module:
        """The network of a task before any training: of its seed, or with the weights it was given."""
        module = self.untrained(task)
        if task.weights:
            path = self.store.kept(task.weights, ".safetensors")
            wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
            left_out: tuple[str, ...] = getattr(module, "left_out", ())  # what a library trains and then throws away
            found = {name: shape for name, shape in weights.shapes(path).items() if not name.startswith(left_out)}
            if isinstance(module, Fitted):  # its fit made the shapes; only their names are known before
                wanted |= {name: shape for name, shape in found.items() if name in wanted}
            weights.check_fit(found, wanted, task.architecture.name)
            module.load_state_dict(_finite(load_file(path)))
        return module

    def surrogate_classes(self, task: Craft) -> dict[str, pa.Array]:
        """Columns `surrogate_clean` and `surrogate_crafted` of a craft, in the order of its images."""
        return self._once("classes", task.id, lambda: self._read_classes(task))

    def clean_classes(self, target: Train, task: Craft, batch: int, precision: str) -> Labels:
        """The target's classes for the clean images of a craft."""

        def predict() -> Labels:
            clean = pixels(self.chosen(task)[1], DTYPES[precision])
            return classes_of(logits_of(self.model(target, precision)[0], clean, batch))

        return self._once(
            "clean", f"{target.id} {task.data.digest} {task.images} {task.seed} {batch} {precision}", predict
        )

    def _read_classes(self, task: Craft) -> dict[str, pa.Array]:
        names = ["surrogate_clean", "surrogate_crafted"]
        rows = pq.read_table(self.store.fetch(self._record(task), "crafted"), columns=names)
        return {name: rows[name].combine_chunks() for name in names}

    def _read_model(self, task: Train, precision: str) -> tuple[nn.Module, str]:
        record = self._record(task)
        module = self.untrained(task)
        module.load_state_dict(_weights_in(load_file(self.store.fetch(record, "weights"))))
        return frozen(in_precision(module, precision)), record.objects["weights"]["sha256"]

    def _read_images(self, task: Craft, step: int | None) -> tuple[tuple[Images, Counts | None], str]:
        record = self._record(task)
        try:
            held = _load(self.store.fetch(record, "images"))
        except (Dropped, FileNotFoundError):  # the latter where somebody lets go of them at this moment
            held = self._made_again(task, record)
        return images_of(held, step), record.objects["images"]["sha256"]

    def _made_again(self, task: Craft, record: Record) -> dict[str, Tensor]:
        if self._craft is None:
            raise DamagedResults("R078", f"the images of task {task.id[:12]} were let go, and nobody makes them here")
        data = self._craft(task, self)
        put_back(self.store, record, data)
        return _on_device(load(data))

    def _record(self, task: Task) -> Record:
        record = self.store.record(task.stage, task.id)
        if record is None:
            raise DamagedResults("R078", f"task {task.id} ({task.stage}) is needed and has no record")
        return record

    def _once(self, kind: str, key: str, read: Callable[[], Loaded]) -> Loaded:
        if (kind, key) not in self._kept:
            self._kept[kind, key] = read()
            self._bytes[kind, key] = _size(self._kept[kind, key]) if kind in BYTES else 0
            self._make_room(kind)
        self._kept.move_to_end((kind, key))
        return self._kept[kind, key]

    def _make_room(self, kind: str) -> None:
        held = [name for name in self._kept if name[0] == kind]
        room = BYTES.get(kind, 0)
        for place, name in enumerate(reversed(held)):
            room -= self._bytes[name]
            if place and (place >= KEPT[kind] or room < 0):  # the newest always stays
                del self._kept[name], self._bytes[name]


def _size(kept: Any) -> int:
    """The bytes of the tensors in a model or a craft."""
    first = kept[0]
    tensors = first.state_dict().values() if isinstance(first, nn.Module) else first
    return sum(tensor.nbytes for tensor in tensors if tensor is not None)


def _of_library(kind: str, choice: Choice) -> Callable[..., Any]:
    """What an installed library has, in the version that is part of the task's name."""
    try:
        found = catalog.describe(kind, choice.name).revision
    except LookupError as missing:
        raise EnvironmentProblem("U092", f"on this machine {missing}") from None
    if found != choice.revision:
        text = f"{choice.name} is of {found} on this machine, and of {choice.revision} in the study"
        raise EnvironmentProblem("U092", f"{text}: results would not be comparable. Install the same version")
    return catalog.load(kind, choice.name)


def _finite(held: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights, each of them a number. Raises TransferError with the first tensor that holds another."""
    for name, tensor in held.items():
        count = int((~tensor.isfinite()).sum()) if tensor.is_floating_point() else 0
        if count:
            raise TransferError("C069", f"{count:,} non-finite values in {name}")
    return held


def _weights_in(held: Mapping[str, Tensor], epoch: int | None = None) -> dict[str, Tensor]:
    """What the file of a training holds: its weights or, of an epoch that was asked for, those after it."""
    front = "" if epoch is None else f"epoch {epoch} "
    last = [name for name in held if not name.startswith("epoch ")]
    return {name: held[front + name] for name in last}


def _load(path: Path) -> dict[str, Tensor]:
    """What a file holds, on the device that this process works on."""
    return _on_device(load_file(path))


def _on_device(held: Mapping[str, Tensor]) -> dict[str, Tensor]:
    device = torch.get_default_device()
    return {name: tensor.to(device) for name, tensor in held.items()}


def images_of(held: Mapping[str, Tensor], step: int | None) -> tuple[Images, Counts | None]:
    """What the file of a craft holds: its images or, of its iterates, one with the gradients spent until then."""
    if step is None:
        return held["crafted"], None
    return held[f"crafted {step}"], held[f"gradients {step}"].long()


@functools.lru_cache(maxsize=4)
def _read_data(part: Part, source: Path | None) -> tuple[Tensor, Labels]:
    images, labels = datasets.load(part.dataset, part.part, source)
    found = datasets.digest(images, labels)
    if found != part.digest:
        raise EnvironmentProblem(
            "D059",
            f"{part.dataset.name} ({part.part}) has changed since this study was planned: {found[:12]}... now, "
            f"{part.digest[:12]}... then. Restore the data or plan the study again",
        )
    # A copy, since the bytes of a file are read-only and torch would write to them without a word.
    return torch.tensor(images), torch.tensor(labels)
