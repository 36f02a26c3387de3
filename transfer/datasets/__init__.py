"""One data set a file: `def NAME(*, part, ...) -> (images uint8 NCHW, labels)`, in numpy.

Nothing here imports torch: the driver of a cluster looks at a data set's size and digest and trains nothing. The only
thing written is the cache of decoded pictures.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from transfer import catalog
from transfer.datasets._overlap import Overlap, overlap
from transfer.errors import EnvironmentProblem

__all__ = ["CLASSES", "PARTS", "Facts", "Overlap", "compared", "digest", "facts", "load", "remarks"]

PARTS = ("train", "test")
CLASSES = "classes"  # what every data set takes: the classes that are kept, numbered anew in this order
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
    alone: Mapping[str, int] = field(default_factory=dict)  # the class of each part that has but one
    overlap: Overlap | None = None  # of test and train; None: nobody has looked


def load(choice: Named, part: str, source: Path | None = None) -> tuple[Pixels, Classes]:
    """The images (uint8, NCHW) and labels (int64) of one part; `source` is the file of a function of one's own.

    Raises EnvironmentProblem with the D codes where the images and labels are not a classification task.
    """
    settings = {name: value for name, value in choice.settings.items() if name != CLASSES}
    images, labels = catalog.load("datasets", choice.name, source)(part=part, **settings)
    where = f"{choice.name} ({part})"
    images, labels = np.asarray(images), np.asarray(labels)
    if images.dtype != np.uint8 or images.ndim != 4:
        text = f"images are {images.dtype} of shape {images.shape}; bytes (image, channel, height, width) expected"
        raise EnvironmentProblem("D054", f"{where}: {text}")
    if len(images) != len(labels):
        raise EnvironmentProblem("D052", f"{where}: {len(images):,} images but {len(labels):,} labels")
    if not len(images):
        raise EnvironmentProblem("D042", f"{where}: no images found")
    classes = _whole(labels, where)
    if CLASSES in choice.settings:
        images, classes = _only(images, classes, choice.settings[CLASSES], where)
    return np.ascontiguousarray(images), classes


def facts(choice: Named, source: Path | None = None) -> Facts:
    """Shape, classes, counts and digests of a data set."""
    parts = {part: load(choice, part, source) for part in PARTS}
    shapes = {part: images.shape[1:] for part, (images, _) in parts.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{part} {'x'.join(map(str, shape))}" for part, shape in shapes.items())
        raise EnvironmentProblem("D048", f"{choice.name}: the parts differ in size: {told}")
    (_, known), (_, asked) = parts["train"], parts["test"]
    _check_classes(known, asked, choice.name)
    channels, height, width = shapes["train"]
    return Facts(
        shape=(channels, height, width),
        classes=1 + int(known.max()),
        counts={part: len(labels) for part, (_, labels) in parts.items()},
        digests={part: digest(images, labels) for part, (images, labels) in parts.items()},
        alone={part: int(labels[0]) for part, (_, labels) in parts.items() if labels.min() == labels.max()},
    )


def compared(choice: Named, source: Path | None = None) -> Overlap:
    """How many test images occur in the training part."""
    return overlap(load(choice, "train", source)[0], load(choice, "test", source)[0])


def remarks(found: Facts) -> list[str]:
    """What a person should know of their data before anything is trained, a line each."""
    lines = [
        f"warning[W053]: {part}: all labels are {label}; accuracy is meaningless" for part, label in found.alone.items()
    ]
    both = found.overlap
    # A near one in ten thousand is what a large collection has; the study's document counts it all the same.
    if both and (both.same or both.near * 1000 > found.counts["test"]):
        near = f", and {both.near:,} nearly (the same in thumbnails of 8x8)" if both.near else ""
        lines.append(f"warning[W058]: {both.same:,} test images also occur in training data{near}")
    return lines


def digest(images: Pixels, labels: Classes) -> str:
    """SHA-256 of shape, pixels and labels: equal data has one name, wherever it was read from."""
    state = hashlib.sha256(repr((images.shape, labels.shape)).encode())
    state.update(np.ascontiguousarray(images).data)
    state.update(np.ascontiguousarray(labels.astype("<i8")).data)
    return state.hexdigest()


def _whole(labels: NDArray[Any], where: str) -> Classes:
    """The labels, if each is a class."""
    if labels.ndim != 1 or not (np.issubdtype(labels.dtype, np.integer) or np.issubdtype(labels.dtype, np.floating)):
        text = f"labels must be whole numbers; found {labels.dtype} of shape {labels.shape}"
        raise EnvironmentProblem("D051", f"{where}: {text}")
    if np.issubdtype(labels.dtype, np.floating):
        odd = np.flatnonzero(labels != np.floor(labels))
        row = int(odd[0]) if odd.size else 0
        text = f"labels must be whole numbers; found {labels[row]} at row {row}"
        raise EnvironmentProblem("D051", f"{where}: {text}. Save them as integers")
    if labels.min() < 0:
        row = int(np.flatnonzero(labels < 0)[0])
        raise EnvironmentProblem("D051", f"{where}: labels must be 0 or more; found {labels[row]} at row {row}")
    return labels.astype(np.int64)


def _check_classes(known: Classes, asked: Classes, name: str) -> None:
    """The training part says which classes there are, and they are numbered from 0."""
    lowest = int(min(known.min(), asked.min()))
    if lowest:
        text = f"labels are {lowest} to {int(known.max())}; classes are numbered from 0. Subtract {lowest}"
        raise EnvironmentProblem("D050", f"{name}: {text}")
    beyond = np.flatnonzero(asked > known.max())
    if beyond.size:
        row = int(beyond[0])
        text = f"label {asked[row]} at row {row} of the test part; the training part has classes 0..{known.max()}"
        raise EnvironmentProblem("D050", f"{name}: {text}")


def _only(images: Pixels, labels: Classes, classes: Sequence[int], where: str) -> tuple[Pixels, Classes]:
    """The images of some classes, which become 0, 1, ... in the order in which they are named."""
    missing = [kept for kept in classes if kept not in labels]
    if missing:
        text = f"no image is of class {missing[0]}; the classes are 0..{labels.max()}"
        raise EnvironmentProblem("D050", f"{where}: {text}")
    kept = np.flatnonzero(np.isin(labels, classes))
    numbered = np.empty(int(labels.max()) + 1, np.int64)
    numbered[list(classes)] = np.arange(len(classes))
    return images[kept], numbered[labels[kept]]
