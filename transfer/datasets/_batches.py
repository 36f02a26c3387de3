"""The original files of CIFAR-10, binary and of Python; of the second no object is ever made."""

import pickletools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transfer.errors import EnvironmentProblem

BIN, PY = "cifar-10-batches-bin", "cifar-10-batches-py"
SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32
# What the pickles of CIFAR-10 are made of: a dictionary of a text, two lists and one array of bytes.
PARTS = {"batch_label", "labels", "data", "filenames"}
NAMES = {"numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"}
TEXTS = {"SHORT_BINSTRING", "BINSTRING", "SHORT_BINBYTES", "BINBYTES", "BINUNICODE"}
NUMBERS = {"BININT", "BININT1", "BININT2"}
BUILDING = {"PROTO", "STOP", "MARK", "EMPTY_DICT", "EMPTY_LIST", "APPENDS", "SETITEMS", "SETITEM", "GLOBAL", "REDUCE"}
REST = {
    "BUILD",
    "TUPLE",
    "TUPLE1",
    "TUPLE2",
    "TUPLE3",
    "NONE",
    "NEWTRUE",
    "NEWFALSE",
    "BINPUT",
    "LONG_BINPUT",
    "BINGET",
}
KNOWN = TEXTS | NUMBERS | BUILDING | REST

Batch = tuple[NDArray[np.uint8], NDArray[np.int64]]


def read_bin(path: Path) -> Batch:
    """A batch of the binary version: for each image one byte of label and 3,072 of pixels."""
    raw = np.fromfile(path, np.uint8)
    if not raw.size or raw.size % (1 + PIXELS):
        text = f"{raw.size:,} bytes are no whole number of images of {1 + PIXELS:,}"
        raise EnvironmentProblem("D056", f"{path}: {text}. Get the file again")
    rows = raw.reshape(-1, 1 + PIXELS)
    return rows[:, 1:].reshape(-1, *SHAPE), rows[:, 0].astype(np.int64)


def read_py(path: Path) -> Batch:
    """A batch of the Python version, which is a pickle: its instructions are looked at and none is followed.

    The pixels are the long text after the key `data`, the labels the numbers after the key `labels`.
    """
    labels: list[int] = []
    pixels = b""
    key = ""
    try:
        value: Any
        for instruction, value, _ in pickletools.genops(path.read_bytes()):
            if instruction.name not in KNOWN or (instruction.name == "GLOBAL" and value not in NAMES):
                what = value if instruction.name == "GLOBAL" else instruction.name
                raise _refused(path, f"holds pickled objects other than those of CIFAR-10 ({what}), which can run code")
            if instruction.name in TEXTS and value in PARTS:
                key = value
            elif instruction.name in TEXTS and key == "data" and len(value) > len(pixels):
                pixels = value if isinstance(value, bytes) else value.encode("latin-1")
            elif instruction.name in NUMBERS and key == "labels":
                labels.append(value)
    except (ValueError, UnicodeEncodeError) as problem:
        raise EnvironmentProblem("D056", f"{path} is no batch of CIFAR-10: {problem}. Get the file again") from None
    if not labels or len(pixels) != len(labels) * PIXELS:
        raise _refused(path, f"holds {len(labels):,} labels and {len(pixels):,} bytes of pixels")
    return np.frombuffer(pixels, np.uint8).reshape(-1, *SHAPE), np.array(labels, np.int64)


def _refused(path: Path, text: str) -> EnvironmentProblem:
    return EnvironmentProblem("D057", f"{path} {text}; refused. Get the binary version, {BIN}")
