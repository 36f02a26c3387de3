"""Perturbations brought to a size inside the box."""

import torch
from torch import Tensor

from transfer.balls import ball, each
from transfer.shapes import Images

ROUNDS = 30  # each round at least halves what clipping took away in practice; 30 leave less than 1e-6 of it


def as_large(images: Images, direction: Images, wanted: Tensor, norm: str) -> Images:
    """The images moved along directions of size 1 until the size *after* clipping is the wanted one.

    Or as near as the box allows: where every pixel is at a border more scale gives no more size.
    """
    around = ball(norm)
    scale = wanted.clone()
    moved = (images + scale * direction).clamp(0.0, 1.0)
    for _ in range(ROUNDS):
        reached = each(around.size(moved - images), images)
        scale = scale * (wanted / reached.clamp_min(torch.finfo(images.dtype).tiny)).clamp(0.5, 2.0)
        moved = (images + scale * direction).clamp(0.0, 1.0)
    return images + around.project(moved - images, wanted.expand(len(images), 1, 1, 1))
