"""Images and labels in .npy files."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transfer.datasets._numbers import as_images
from transfer.datasets._places import files_of
from transfer.errors import EnvironmentProblem

MAGIC = b"\x93NUMPY"


def npy(
    *,
    part: Literal["train", "test"],
    train: Path | str,
    train_labels: Path | str,
    test: Path | str,
    test_labels: Path | str,
    scale: int = 1,
) -> tuple[NDArray[np.uint8], NDArray[np.generic]]:
    """Images and labels in NumPy's own files, pixels as bytes or as numbers from 0 to `scale`.

    An image is height x width, with one or three channels first or last where it has any.
    """
    images, labels = (train, train_labels) if part == "train" else (test, test_labels)
    return as_images(_read(images), f"npy ({part})", scale), _read(labels)


def _read(path: Path | str) -> NDArray[np.generic]:
    (file,) = files_of(path, ".npy", "npy")[:1]
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise EnvironmentProblem("D056", f"{file} is no .npy file. Save it with numpy.save")
    try:
        found: NDArray[np.generic] = np.load(file, mmap_mode="r", allow_pickle=False)
    except ValueError as problem:
        if "Python objects" in str(problem):
            raise EnvironmentProblem("D057", f"{file} holds pickled objects, which can run code; refused") from None
        raise EnvironmentProblem("D056", f"{file} cannot be read: {problem}") from None
    return found
