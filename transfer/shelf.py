"""What one process has read of a results folder: every digest checked, the latest kept in memory."""

import functools
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from transfer import catalog, datasets, splits
from transfer.errors import DamagedResults, EnvironmentProblem
from transfer.evaluate import classes_of
from transfer.shapes import Counts, Images, Labels
from transfer.store import Record, Store
from transfer.tasks import Choice, Craft, Part, Probe, Task, Train
from transfer.train import DTYPES, build, frozen, in_precision, logits_of, pixels

KEPT = {
    "model": 64,
    "craft": 32,
    "data": 4,
    "ids": 16,
    "classes": 64,
    "clean": 256,
}  # of each kind, the least used goes first
DIGEST = re.compile("[0-9a-f]{64}")
Loaded = TypeVar("Loaded")


class Shelf:
    """Models, crafted images and data of a store, read once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def model(self, task: Train, precision: str = "float32") -> tuple[nn.Module, str]:
        """A trained network, frozen, and the digest of its weights."""
        return self._once("model", f"{task.id} {precision}", lambda: self._read_model(task, precision))

    def crafted(self, task: Craft, step: int | None = None) -> tuple[tuple[Images, Counts | None], str]:
        """The images of a craft, or its iterate after a step with the gradients spent, and the digest of their file."""
        return self._once("craft", f"{task.id} {step}", lambda: self._read_images(task, step))

    def data(self, part: Part) -> tuple[Tensor, Labels]:
        """The bytes and labels of a part of a data set."""
        return _read_data(part)

    def chosen(self, task: Craft | Probe) -> tuple[Tensor, Tensor, Labels]:
        """Indices, bytes and labels of the images that a craft attacks or a probe looks at."""
        images, labels = self.data(task.data)
        key = f"{task.data.digest} {task.images} {task.seed}"
        ids = self._once("ids", key, lambda: splits.chosen(labels, task.images, task.seed))
        return ids, images[ids], labels[ids]

    def function(self, kind: str, choice: Choice) -> Callable[..., Any]:
        """The function of a choice; one of a person's own comes from the module kept beside the results."""
        if not DIGEST.fullmatch(str(choice.revision)):  # a number, or the version of a library
            return catalog.load(kind, choice.name)
        return catalog.load(kind, choice.name, self.store.kept(choice.revision, ".py"))

    def untrained(self, task: Train) -> nn.Module:
        """The network of a task before training."""
        architecture = self.function("architectures", task.architecture)
        return build(architecture, task.architecture.settings, task.data.shape, task.data.classes, task.seed)

    def started(self, task: Train) -> nn.Module:
        """The network of a task before any training: of its seed, or with the weights it was given."""
        module = self.untrained(task)
        if task.weights:
            module.load_state_dict(load_file(self.store.kept(task.weights, ".safetensors")))
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
        module.load_state_dict(load_file(self.store.fetch(record, "weights")))
        return frozen(in_precision(module, precision)), record.objects["weights"]["sha256"]

    def _read_images(self, task: Craft, step: int | None) -> tuple[tuple[Images, Counts | None], str]:
        record = self._record(task)
        role = "images" if step is None else "iterates"
        return images_of(load_file(self.store.fetch(record, role)), step), record.objects[role]["sha256"]

    def _record(self, task: Task) -> Record:
        record = self.store.record(task.stage, task.id)
        if record is None:
            raise DamagedResults("R078", f"task {task.id} ({task.stage}) is needed and has no record")
        return record

    def _once(self, kind: str, key: str, read: Callable[[], Loaded]) -> Loaded:
        if (kind, key) not in self._kept:
            self._kept[kind, key] = read()
            held = [name for name in self._kept if name[0] == kind]
            for name in held[: -KEPT[kind]]:
                del self._kept[name]
        self._kept.move_to_end((kind, key))
        return self._kept[kind, key]


def images_of(held: Mapping[str, Tensor], step: int | None) -> tuple[Images, Counts | None]:
    """What the file of a craft holds: its images or, of its iterates, one with the gradients spent until then."""
    if step is None:
        return held["crafted"], None
    return held[f"crafted {step}"], held[f"gradients {step}"].long()


@functools.lru_cache(maxsize=4)
def _read_data(part: Part) -> tuple[Tensor, Labels]:
    images, labels = datasets.load(part.dataset, part.part)
    found = datasets.digest(images, labels)
    if found != part.digest:
        raise EnvironmentProblem(
            "D059",
            f"{part.dataset.name} ({part.part}) has changed since this study was planned: {found[:12]}... now, "
            f"{part.digest[:12]}... then. Restore the data or plan the study again",
        )
    # A copy, since the bytes of a file are read-only and torch would write to them without a word.
    return torch.tensor(images), torch.tensor(labels)
