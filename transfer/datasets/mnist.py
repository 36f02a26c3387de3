"""MNIST: 60,000 + 10,000 handwritten digits, 28x28; in the package."""

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transfer.datasets._idx import IMAGES, LABELS, read_idx
from transfer.errors import EnvironmentProblem

FOLDER = Path(__file__).with_suffix("")
FILES = {"train": "train", "test": "t10k"}
SHA256 = {
    "t10k-images-idx3-ubyte.gz": "197e111ae341b0770be9011ac5e622d0e6cd1c640b32eb0de5dc1dd26cc6e182",
    "t10k-labels-idx1-ubyte.gz": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
    "train-images-idx3-ubyte.gz": "7ff28fd295f802eefc6d40e461175dfe4b969b1842b2abc8c6dc8c20711cf79f",
    "train-labels-idx1-ubyte.gz": "81a978ae83d39ffdba0db3ce2fcaf80a8921e9629e874428996a2b03242d4b2a",
}


def mnist(*, part: Literal["train", "test"]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Handwritten digits, 60,000 to train on and 10,000 to test, one channel of 28x28; needs no network.

    LeCun, Cortes, Burges, "The MNIST database of handwritten digits"; CC BY-SA 3.0.
    """
    images = read_idx(_checked(f"{FILES[part]}-images-idx3-ubyte.gz"), IMAGES)
    labels = read_idx(_checked(f"{FILES[part]}-labels-idx1-ubyte.gz"), LABELS)
    return images[:, None], labels.astype(np.int64)


def _checked(name: str) -> Path:
    path = FOLDER / name
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256[name]:
        raise EnvironmentProblem(
            "D059", f"{path}: sha256 {found[:12]}..., expected {SHA256[name][:12]}...: install again"
        )
    return path
