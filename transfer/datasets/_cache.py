"""Decoded pictures, kept so that the next process need not decode them: 60,000 small JPEGs take eight seconds of CPU.

A file of the cache is named by the bytes of what it was decoded from and by who decoded it, and is believed only if
its digest is the one it was written with. The folder may be deleted at any time.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np
import PIL
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from transfer.datasets._places import cache

REVISION = 1  # raised when decoding changes
FEW = 2_000_000  # bytes of pixels that are faster decoded than kept track of


def kept(files: Sequence[Path], settings: Sequence[str], decode: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """What `decode` makes of some files, from the cache where it was made before."""
    path = cache() / "decoded" / f"{_name(files, settings)}.safetensors"
    found = _read(path)
    if found is None:
        found = decode()
        if found.nbytes > FEW:
            # Full or read-only: then the next process decodes again, and that is all.
            with suppress(OSError):
                _write(path, found)
    return found


def _name(files: Sequence[Path], settings: Sequence[str]) -> str:
    state = hashlib.sha256(repr((REVISION, PIL.__version__, list(settings))).encode())
    for file in files:
        with file.open("rb") as opened:
            state.update(hashlib.file_digest(opened, "sha256").digest())
    return state.hexdigest()


def _read(path: Path) -> NDArray[np.uint8] | None:
    try:
        with safe_open(path, "numpy") as held:
            pixels: NDArray[np.uint8] = held.get_tensor("pixels")
            return pixels if held.metadata()["sha256"] == _digest(pixels) else None
    except (OSError, SafetensorError, KeyError, TypeError):
        return None


def _write(path: Path, pixels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and moved: another process never sees half of it.
    aside = path.with_name(f"{uuid4().hex}.part")
    try:
        aside.write_bytes(save({"pixels": pixels}, metadata={"sha256": _digest(pixels)}))
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _digest(pixels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()
