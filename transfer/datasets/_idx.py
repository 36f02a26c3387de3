"""The IDX format of the MNIST family."""

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transfer.errors import EnvironmentProblem

IMAGES, LABELS = 0x00000803, 0x00000801


def read_idx(path: Path, magic: int) -> NDArray[np.uint8]:
    """The array of an IDX file of bytes, plain or gzip; its first four bytes must be `magic`."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile) as error:
        raise EnvironmentProblem("D056", f"{path}: {error}. Get the file again") from error
    found = int.from_bytes(raw[:4], "big")
    if found != magic:
        raise EnvironmentProblem("D056", f"{path}: bad magic 0x{found:08x}, expected 0x{magic:08x}")
    axes = raw[3]
    shape = tuple(int.from_bytes(raw[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * axes)
    if values.size != np.prod(shape):
        raise EnvironmentProblem("D056", f"{path}: {values.size:,} values, its header says {shape}")
    return values.reshape(shape)
