"""One data set a file: `def NAME(*, part, ...) -> (images uint8 NCHW, labels int64)`, in numpy.

Nothing here imports torch: the driver of a cluster looks at a data set's size and digest and trains nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from transfer import catalog
from transfer.errors import EnvironmentProblem

PARTS = ("train", "test")
Pixels = NDArray[np.uint8]
Classes = NDArray[np.int64]


@runtime_checkable
class Named(Protocol):
    """A data set of the catalogue and its settings; `transfer.tasks.Choice` is one."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Facts:
    """What planning needs to know of a data set, without its pixels."""

    shape: tuple[int, int, int]
    classes: int
    counts: Mapping[str, int]
    digests: Mapping[str, str]  # SHA-256 of each part's pixels and labels


def load(choice: Named, part: str) -> tuple[Pixels, Classes]:
    """The images (uint8, NCHW) and labels (int64) of one part.

    Raises EnvironmentProblem with the D codes where the images and labels are not a classification task.
    """
    images, labels = catalog.load("datasets", choice.name)(part=part, **choice.settings)
    where = f"{choice.name} ({part})"
    if images.dtype != np.uint8 or images.ndim != 4:
        raise EnvironmentProblem("D054", f"{where}: images are {images.dtype} {images.shape}, not uint8 NCHW")
    if len(images) != len(labels):
        raise EnvironmentProblem("D052", f"{where}: {len(images):,} images but {len(labels):,} labels")
    if not len(images):
        raise EnvironmentProblem("D042", f"{where}: no images found")
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise EnvironmentProblem("D051", f"{where}: labels must be whole numbers from 0, found {labels.min()}")
    return np.ascontiguousarray(images), labels.astype(np.int64)


def facts(choice: Named) -> Facts:
    """Shape, classes, counts and digests of a data set."""
    parts = {part: load(choice, part) for part in PARTS}
    shapes = {part: images.shape[1:] for part, (images, _) in parts.items()}
    if len(set(shapes.values())) > 1:
        raise EnvironmentProblem("D048", f"{choice.name}: parts differ in size: {shapes}")
    channels, height, width = shapes["train"]
    classes = 1 + max(int(labels.max()) for _, labels in parts.values())
    return Facts(
        shape=(channels, height, width),
        classes=classes,
        counts={part: len(labels) for part, (_, labels) in parts.items()},
        digests={part: digest(images, labels) for part, (images, labels) in parts.items()},
    )


def digest(images: Pixels, labels: Classes) -> str:
    """SHA-256 of shape, pixels and labels: equal data has one name, wherever it was read from."""
    state = hashlib.sha256(repr((images.shape, labels.shape)).encode())
    state.update(np.ascontiguousarray(images).data)
    state.update(np.ascontiguousarray(labels.astype("<i8")).data)
    return state.hexdigest()
