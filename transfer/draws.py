"""Randomness that is handed over: the k-th draw for image i depends on (seed, i, k) alone.

So a result does not depend on the worker, the order, the batch or who else is in it. A counter-based generator
(the finaliser of SplitMix64, Steele et al. 2014, OOPSLA) gives every number by itself, in exact integer arithmetic.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Words = NDArray[np.uint64]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Draws:
    """A stream of draws for each of `images`; each call takes the next of every stream."""

    def __init__(self, seed: int | str, images: Sequence[int] | NDArray[np.int64] | Tensor) -> None:
        with np.errstate(over="ignore"):
            self._streams: Words = _mix(_mix(_numbers(images).astype(np.uint64) * GOLDEN + _word(str(seed))))
        self._taken = 0

    def __len__(self) -> int:
        return len(self._streams)

    def uniform(self, *shape: int) -> Tensor:
        """Numbers in [0, 1), float64, one block of `shape` an image."""
        words = self._next(int(np.prod(shape, dtype=np.int64)))
        values = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return here(values.reshape(len(self), *shape))

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers, float64, one block of `shape` an image."""
        # The inverse distribution function never meets 0 or 1: half a step is added to 2^-53 steps.
        return torch.special.ndtri(self.uniform(*shape) + 2.0**-54)

    def signs(self, *shape: int) -> Tensor:
        """-1 or 1 with equal chances, float64, one block of `shape` an image."""
        return torch.where(self.uniform(*shape) < 0.5, -1.0, 1.0).double()

    def below(self, limit: int, *shape: int) -> Tensor:
        """Whole numbers from 0 to limit - 1, one block of `shape` an image."""
        return (self.uniform(*shape) * limit).long()

    def order(self) -> Tensor:
        """A random order of the images: where one comes depends on its own number alone."""
        return here(np.argsort(self._next(1)[:, 0], kind="stable"))

    def apart(self, name: str) -> "Draws":
        """Other streams for the same images, told apart by a name and by what has been taken here until now."""
        with np.errstate(over="ignore"):
            streams = _mix(_mix(self._streams + np.uint64(self._taken) * GOLDEN) ^ _word(name))
        return self._of(streams, 0)

    def of(self, chosen: Tensor) -> "Draws":
        """The streams of some of the images, from where they stand; what is taken here is not taken there."""
        return self._of(self._streams[_numbers(chosen)], self._taken)

    @classmethod
    def _of(cls, streams: Words, taken: int) -> "Draws":
        draws = cls.__new__(cls)
        draws._streams, draws._taken = streams, taken
        return draws

    def _next(self, count: int) -> Words:
        with np.errstate(over="ignore"):
            counters = np.uint64(self._taken) + np.arange(1, count + 1, dtype=np.uint64)
            words = _mix(self._streams[:, None] + counters[None, :] * GOLDEN)
        self._taken += count
        return words


def here(values: NDArray[Any]) -> Tensor:
    """An array as a tensor of the device that this process works on: everything is drawn on the processor."""
    return torch.from_numpy(values).to(torch.get_default_device())


def _numbers(images: Sequence[int] | NDArray[np.int64] | Tensor) -> NDArray[np.int64]:
    return images.numpy(force=True) if isinstance(images, Tensor) else np.asarray(images, dtype=np.int64)


def _word(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little"))


def _mix(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
