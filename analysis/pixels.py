"""The pixels of a craft, for a figure that shows images."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from transfer.errors import TransferError
from transfer.store import Store
from transfer.store.dropped import Sample, sample

Picture = npt.NDArray[np.float32]  # channel, row, column, in [0, 1]


def pictures(store: Store, craft: str, images: Sequence[int]) -> dict[int, Picture]:
    """Some images of a craft by their number in the part; those that it does not have are left out.

    Raises LookupError where the craft has not been made, TransferError where the pixels were let go.
    """
    record = store.record("craft", craft)
    if record is None:
        raise LookupError(f"{store.location} has no images of craft {craft[:12]}")
    if left := sample(store, record):
        return {image: left.pixels[left.images.index(image)] for image in _all_of(images, left, craft)}
    with safe_open(store.fetch(record, "images"), "numpy") as held:
        places = {image: place for place, image in enumerate(held.get_tensor("image").tolist())}
        crafted = held.get_slice("crafted")
        return {image: crafted[places[image] : places[image] + 1][0] for image in images if image in places}


def sampled(store: Store, craft: str) -> tuple[int, ...] | None:
    """The images that are left of a craft whose pixels were let go; None where all of them are there."""
    record = store.record("craft", craft)
    left = sample(store, record) if record else None
    return None if left is None else left.images


def _all_of(images: Sequence[int], left: Sample, craft: str) -> Sequence[int]:
    gone = sorted(set(images) - set(left.images))
    if gone:
        text = f"the pixels of craft {craft[:12]} were let go (`keep:` in its study), and image {gone[0]} is not left"
        raise TransferError("Q090", f"{text}. Ask for this of results that keep them")
    return images


def amplification(differences: Sequence[Picture]) -> float:
    """By how much differences can be made larger so that 99 of 100 pixels fit around grey: 1, 2, 5, 10, 20, ..."""
    sizes = np.concatenate([np.abs(difference).ravel() for difference in differences] or [np.zeros(1)])
    factors = [1.0, *(step * 10.0**power for power in range(4) for step in (2, 5, 10))]
    return max(factor for factor in factors if factor == 1 or factor * np.quantile(sizes, 0.99) <= 0.5)


def amplified(difference: Picture, factor: float) -> Picture:
    """A difference around middle grey: brighter where light was added, darker where it was taken away."""
    return np.clip(0.5 + factor * difference, 0, 1).astype(np.float32)


def bitmap(picture: Picture) -> npt.NDArray[np.uint8]:
    """Row, column, red-green-blue: the nearest that a screen can show."""
    shown = np.round(picture * 255).astype(np.uint8).transpose(1, 2, 0)
    return shown.repeat(3, axis=2) if shown.shape[2] == 1 else shown
