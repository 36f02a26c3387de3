"""Variance tuning, for every attack that climbs a gradient."""

import torch

from transfer.attacks._ascend import Look
from transfer.balls import ball, each
from transfer.draws import Draws
from transfer.losses import Gradient
from transfer.shapes import Images


class Tuned:
    """A gradient, plus how much the mean gradient of the last iterate's neighbours differed from its own.

    Wang & He 2021, arXiv:2103.15571, algorithm 1. The neighbours lie around the iterate; where the
    gradient is taken elsewhere, give `ahead` here and this object's `look` to `ascend`. The difference is taken when
    the next step asks for it, so that the last step, whose difference nobody uses, costs one gradient.
    """

    def __init__(
        self, gradient: Gradient, *, radius: float, samples: int, draws: Draws, ahead: Look | None = None
    ) -> None:
        self._gradient, self._radius, self._samples, self._draws = gradient, radius, samples, draws
        self._ahead = ahead
        self._stand: Images | None = None  # where the iterate stands now, if `look` was told
        self._last: tuple[Images, Images] | None = None  # where it stood, and the gradient that was taken

    def look(self, crafted: Images, momentum: Images) -> Images:
        """Where the next gradient is taken."""
        self._stand = crafted
        return self._ahead(crafted, momentum) if self._ahead else crafted

    def __call__(self, images: Images) -> Images:
        variance = self._variance(images)
        gradients = self._gradient(images)
        self._last = images if self._stand is None else self._stand, gradients
        return gradients + variance

    def _variance(self, images: Images) -> Images:
        if self._last is None or not self._samples:
            return torch.zeros_like(images)
        stood, gradients = self._last
        total = torch.zeros_like(images)
        for _ in range(self._samples):
            total += self._gradient(neighbours(stood, self._radius, self._draws))
        return total / self._samples - gradients


def neighbours(images: Images, radius: float, draws: Draws) -> Images:
    """One neighbour an image, uniform in the cube around it, and not brought back into the box."""
    return images + ball("linf").sample(images, each(radius, images), draws)
