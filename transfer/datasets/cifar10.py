"""CIFAR-10: 50,000 + 10,000 photographs in ten classes, 32x32, three channels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transfer.datasets._batches import BIN, PY, Batch, read_bin, read_py
from transfer.datasets._places import find
from transfer.datasets._table import read_parquet

REMEDY = "Get it with `transfer download cifar10`, or set TRANSFER_DATA to the folder that holds cifar-10-batches-py"
PARQUET = ("cifar10", "cifar10/plain_text", "cifar10/data")


def cifar10(
    *, part: Literal["train", "test"], path: Path | str | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.generic]]:
    """Photographs: airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.

    Krizhevsky 2009, "Learning multiple layers of features from tiny images". The original batches go before Parquet,
    whose pictures may be JPEG copies: other pixels, so another digest.
    """
    names = [f"data_batch_{number}" for number in range(1, 6)] if part == "train" else ["test_batch"]
    layouts = [
        (BIN, tuple(f"{name}.bin" for name in names)),
        (PY, tuple(names)),
        *((folder, (f"{part}*.parquet",)) for folder in PARQUET),
    ]
    layout, found = find("cifar10", path, layouts, REMEDY)
    files = [file for files in found for file in files]
    if layout in (BIN, PY):
        return _joined([(read_bin if layout == BIN else read_py)(file) for file in files])
    return read_parquet(files, f"cifar10 ({part})", image="img", label="label")


def _joined(batches: Sequence[Batch]) -> Batch:
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), np.concatenate(labels)
