"""The IDX format of the MNIST family."""

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transfer.errors import EnvironmentProblem

IMAGES, LABELS = 0x00000803, 0x00000801
LARGEST = 10**10  # bytes; a header that says more is a mistake, or made to fill the memory


def read_idx(path: Path, magic: int) -> NDArray[np.uint8]:
    """The array of an IDX file of bytes, plain or gzip; its first four bytes must be `magic`."""
    try:
        with _opened(path) as file:
            return _read(file, magic, path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise EnvironmentProblem("D056", f"{path}: {error}. Get the file again") from None


def read_pair(images: Path, labels: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The images of one file, with their one channel, and the labels of another."""
    return read_idx(images, IMAGES)[:, None], read_idx(labels, LABELS).astype(np.int64)


def _opened(path: Path) -> Any:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _read(file: Any, magic: int, path: Path) -> NDArray[np.uint8]:
    found = int.from_bytes(file.read(4), "big")
    if found != magic:
        raise EnvironmentProblem("D056", f"{path}: bad magic 0x{found:08x}, expected 0x{magic:08x}")
    header = file.read(4 * (magic & 0xFF))
    shape = tuple(int.from_bytes(header[start : start + 4], "big") for start in range(0, len(header), 4))
    size = math.prod(shape)
    if size > LARGEST:
        raise EnvironmentProblem("D056", f"{path}: its header says {shape}, more than {LARGEST:,} values")
    # One byte more than there should be: what follows is a sign of another format.
    values = np.frombuffer(file.read(size + 1), np.uint8)
    if values.size != size or len(shape) != magic & 0xFF:
        count = f"more than {size:,}" if values.size > size else f"{values.size:,}"
        raise EnvironmentProblem("D056", f"{path}: {count} values, its header says {shape}. Get the file again")
    return values.reshape(shape)
