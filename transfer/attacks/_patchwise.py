"""Patch-wise steps, for every attack of the linf ball."""

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.attacks._ascend import Move
from transfer.shapes import Images

NOTHING = 1e-3  # of a step: sums of whole steps that are nearer to zero are zero but for rounding


def patchwise(room: float, *, projection: float = 1.0, kernel: int = 3) -> Move:
    """Sign steps whose overflow, what goes beyond the ball, is handed to the pixels around.

    Gao et al. 2020, arXiv:2007.06765, algorithm 1. `room` is how many steps lead from the centre to the border. All is
    counted in steps, so that sums which must cancel do so exactly and have no sign.
    """
    if kernel < 3 or kernel % 2 == 0:
        raise ValueError(f"a kernel of {kernel} has no pixels around its centre; take an odd number from 3 on")
    ring = torch.ones(kernel, kernel)
    ring[kernel // 2, kernel // 2] = 0
    amplified: Images | None = None

    def move(direction: Images, pace: Tensor) -> Images:
        nonlocal amplified
        signs = direction.sign()
        amplified = signs if amplified is None else amplified + signs
        overflow = (amplified.abs() - room).clamp_min(0) * amplified.sign()
        channels = direction.shape[1]
        weights = ring.to(direction).expand(channels, 1, kernel, kernel)
        around = F.conv2d(overflow, weights, padding=kernel // 2, groups=channels)
        projected = projection * torch.where(around.abs() > NOTHING, around.sign(), 0)
        amplified = amplified + projected
        return pace * (signs + projected)

    return move
