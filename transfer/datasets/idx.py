"""A folder of IDX files, named as those of MNIST are."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transfer.datasets._idx import read_pair
from transfer.datasets._places import find
from transfer.errors import EnvironmentProblem

PREFIXES = {"train": ("*train",), "test": ("*t10k", "*test")}


def idx(*, part: Literal["train", "test"], path: Path | str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images in the format of MNIST: a folder of train-images, train-labels, t10k-images and t10k-labels.

    Also KMNIST and the sets of EMNIST. A file may be packed with gzip, `test` may stand for `t10k`, and something may
    stand before it, as in emnist-letters-train-images-idx3-ubyte.gz.
    """
    layouts = [("", (f"{prefix}*images*idx3*", f"{prefix}*labels*idx1*")) for prefix in PREFIXES[part]]
    _, (images, labels) = find("idx", path, layouts, "Give the folder that holds them as `path`")
    for kind, found in (("images", images), ("labels", labels)):
        if len(found) > 1:
            text = f"{len(found)} files of {part} {kind} ({found[0].name}, {found[1].name})"
            raise EnvironmentProblem("D042", f"idx: {path}: {text}. Keep each set in a folder of its own")
    return read_pair(images[0], labels[0])
