"""Random noise of a given size: the control of every claim about a direction."""

from typing import Literal

import torch
from torch import Tensor

from transfer.balls import ball, each
from transfer.draws import Draws
from transfer.shapes import Images, PerImage

ROUNDS = 30  # each round at least halves what clipping took away in practice; 30 leave less than 1e-6 of it


def noise(
    images: Images,
    *,
    epsilon: float | PerImage,
    norm: Literal["linf", "l2", "rms"] = "linf",
    size_of: Literal["clipped", "drawn"] = "clipped",
    draws: Draws,
) -> Images:
    """Random noise of size epsilon: +-epsilon a pixel for linf, Gaussian for l2 and rms; clipped to the box.

    As a control it is made as large, image by image, as the perturbation it stands beside: scaled until its size
    *after* clipping is the size that was asked for, or as near as the box allows. With `size_of` drawn it is epsilon
    before clipping, as a deviation is commonly stated (Szegedy et al. 2014, Tables 2 and 4).
    """
    if norm == "linf":
        signs = draws.signs(*images.shape[1:]).to(images)
        return (images + signs * each(epsilon, images)).clamp(0.0, 1.0)
    direction = ball(norm).steepest(draws.normal(*images.shape[1:]).to(images))
    if size_of == "drawn":
        return (images + each(epsilon, images) * direction).clamp(0.0, 1.0)
    return _as_large(images, direction, each(epsilon, images), norm)


def _as_large(images: Images, direction: Images, wanted: Tensor, norm: str) -> Images:
    around = ball(norm)
    scale = wanted.clone()
    noisy = (images + scale * direction).clamp(0.0, 1.0)
    for _ in range(ROUNDS):
        reached = each(around.size(noisy - images), images)
        # At most doubled a round: where every pixel is at a border more scale gives no more noise.
        scale = scale * (wanted / reached.clamp_min(torch.finfo(images.dtype).tiny)).clamp(0.5, 2.0)
        noisy = (images + scale * direction).clamp(0.0, 1.0)
    return images + around.project(noisy - images, wanted.expand(len(images), 1, 1, 1))
