"""Pixels that were let go once nobody was left to read them: the record stays, and says what they were.

A note is kept before anything is removed, so that what is gone for good is told from what is lost. Whoever needs the
pixels again makes them again, holds them against the SHA-256 in the record, and puts them back.
"""

import base64
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from transfer.errors import DamagedResults
from transfer.store.commits import Dropped, Store
from transfer.store.damage import about, difference, measured
from transfer.store.keys import dropped_key
from transfer.store.record import Record, sealed

ROLE = "images"  # of a craft; its table `crafted` stays
LARGEST = 4 << 20  # bytes of a sample: it lies in a document


class Sample(NamedTuple):
    """What was kept of the pixels of a craft."""

    images: tuple[int, ...]  # their numbers in the part
    pixels: npt.NDArray[np.float32]  # image, channel, row, column


def drop(store: Store, record: Record, count: int) -> None:
    """Let go of the pixels of a craft but for the first `count` images.

    Ended at any moment, and beside anybody who reads or does the same, it loses nothing: a second call goes on.
    """
    key = dropped_key(record.task, record.attempt)
    try:
        if not store.place.has(key):
            left = _first(store, record, count) if count else Sample((), np.zeros((0,), np.float32))
            pixels = base64.b64encode(left.pixels.astype("<f4").tobytes()).decode()
            note = {"task": record.task, "images": left.images, "shape": left.pixels.shape, "pixels": pixels}
            store.place.create(key, sealed(note))
    except (Dropped, FileNotFoundError):
        return  # somebody else was faster
    store.place.delete(record.objects[ROLE]["key"])


def _first(store: Store, record: Record, count: int) -> Sample:
    with safe_open(store.fetch(record, ROLE), "numpy") as held:
        crafted = held.get_slice("crafted")
        room = LARGEST // (4 * int(np.prod(crafted.get_shape()[1:])))
        kept = min(count, max(1, room))
        return Sample(tuple(held.get_tensor("image")[:kept].tolist()), crafted[:kept])


def sample(store: Store, record: Record) -> Sample | None:
    """What was kept of a craft whose pixels are gone; None where they are all there."""
    if store.place.has(record.objects[ROLE]["key"]):
        return None
    note: dict[str, Any] | None = store.document(dropped_key(record.task, record.attempt))
    if note is None:
        return None  # reading them says what is wrong
    pixels = np.frombuffer(base64.b64decode(note["pixels"]), dtype="<f4").reshape(note["shape"])
    return Sample(tuple(note["images"]), pixels)


def put_back(store: Store, record: Record, data: bytes) -> None:
    """Keep pixels that were made again; DamagedResults where they are not those that were let go."""
    kept = record.objects[ROLE]
    if problem := difference(measured([data]), kept["sha256"], kept["bytes"]):
        what = about(record.stage, record.spec)
        text = f"the pixels of task {record.task[:12]} ({what}) were dropped, and made again here they {problem}"
        where = f"on {record.host}, or on a machine with its processor and versions"
        raise DamagedResults("R078", f"{text}. Run this {where}; or begin anew with `keep: all`")
    store.place.create(kept["key"], data)
