"""Test images that were trained on: counted, since a network may know them by heart."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCKS = 8  # rows and columns of a thumbnail
NEAR = 2.0  # levels of 255
AT_ONCE = 4096  # images made thumbnails
TOGETHER = 256  # thumbnails compared


@dataclass(frozen=True)
class Overlap:
    """How many test images occur in the training part.

    `same`: with equal pixels. `near`: not the same, but their averages over 8x8 blocks, in gray, differ from those of
    a training image by a root mean square below 2 of 255 levels: the same picture compressed, resized or touched up.
    A shifted or cropped copy is not found.
    """

    same: int
    near: int


def overlap(train: NDArray[np.uint8], test: NDArray[np.uint8]) -> Overlap:
    """Compares each test image with all training images."""
    known = set(_digests(train))
    is_same = np.array([digest in known for digest in _digests(test)])
    return Overlap(int(is_same.sum()), int((_is_near(train, test) & ~is_same).sum()))


def _is_near(train: NDArray[np.uint8], test: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether a training image's thumbnail is near, for each test image.

    Near thumbnails are nearly as bright, so in the order of brightness each is compared with a short run of the others.
    """
    ours, theirs = _thumbnails(test), _thumbnails(train)
    order, known = np.argsort(ours.mean(axis=1)), theirs[np.argsort(theirs.mean(axis=1))]
    bright, known_bright = ours[order].mean(axis=1), known.mean(axis=1)
    found = np.zeros(len(test), np.bool_)
    for start in range(0, len(test), TOGETHER):
        some = order[start : start + TOGETHER]
        edges = bright[start : start + TOGETHER][[0, -1]] + (-NEAR, NEAR)
        first, last = np.searchsorted(known_bright, edges)
        found[some] = _any_near(ours[some], known[first:last])
    return found


def _any_near(ours: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.bool_]:
    farthest = NEAR**2 * BLOCKS**2  # of a sum over the blocks
    squares = (ours**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * (ours @ known.T)
    # The product rounds to a tenth of a unit: what may be near is computed once more.
    one, other = np.nonzero(squares < farthest + 4)
    exact = ((ours[one] - known[other]) ** 2).sum(axis=1) < farthest
    found: NDArray[np.bool_] = np.isin(np.arange(len(ours)), one[exact])
    return found


def _thumbnails(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Averages over blocks, as products with two matrices: adding up in place takes four times as long."""
    down, across = _averages(images.shape[2]), _averages(images.shape[3])
    made = [_thumbnail(images[start : start + AT_ONCE], down, across) for start in range(0, len(images), AT_ONCE)]
    return np.concatenate(made)


def _thumbnail(
    images: NDArray[np.uint8], down: NDArray[np.float32], across: NDArray[np.float32]
) -> NDArray[np.float32]:
    gray = images[:, 0].astype(np.float32)
    for channel in range(1, images.shape[1]):
        gray += images[:, channel]
    gray /= np.float32(images.shape[1])
    rows = np.ascontiguousarray((gray @ across).transpose(0, 2, 1))
    found: NDArray[np.float32] = (rows @ down).reshape(len(images), -1)
    return found


def _averages(pixels: int) -> NDArray[np.float32]:
    """A column for each block, with the share of each of its pixels."""
    block = np.arange(pixels) * BLOCKS // pixels
    sums = (block[:, None] == np.arange(BLOCKS)).astype(np.float32)
    found: NDArray[np.float32] = sums / np.maximum(sums.sum(axis=0), 1)
    return found


def _digests(images: NDArray[np.uint8]) -> list[bytes]:
    return [hashlib.blake2b(image.data, digest_size=16).digest() for image in np.ascontiguousarray(images)]
