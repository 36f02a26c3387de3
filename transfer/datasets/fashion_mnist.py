"""Fashion-MNIST: 60,000 + 10,000 pictures of clothing, 28x28."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transfer.datasets._idx import read_pair
from transfer.datasets._places import find

PREFIX = {"train": "train", "test": "t10k"}
FOLDERS = ("FashionMNIST/raw", "fashion-mnist", "fashion_mnist")  # torchvision's, Debian's, ours
REMEDY = (
    "Get it with `transfer download fashion_mnist` or `apt install dataset-fashion-mnist`, "
    "or set TRANSFER_DATA to the folder that holds FashionMNIST"
)


def fashion_mnist(
    *, part: Literal["train", "test"], path: Path | str | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Clothing in ten classes, 60,000 to train on and 10,000 to test, one channel of 28x28.

    Xiao, Rasul, Vollgraf 2017, "Fashion-MNIST: a novel image dataset", arXiv:1708.07747; MIT licence.
    """
    files = tuple(f"{PREFIX[part]}-{kind}*-ubyte*" for kind in ("images", "labels"))
    _, (images, labels) = find("fashion_mnist", path, [(folder, files) for folder in FOLDERS], REMEDY)
    return read_pair(images[0], labels[0])
