"""The way to the nearest point of a linear boundary inside the box, for every image of a batch at once."""

from typing import NamedTuple

import torch
from torch import Tensor

from transfer.attacks._rows import Rows
from transfer.shapes import PerImage

ROUNDS = 20  # each fixes the pixels that reach a bound; on digits 5 were the most that were needed
ENOUGH = 100  # in units of the last place: a gap that is closed but for this share is closed


class Nearest(NamedTuple):
    """A step for every image, and the multiple of the slope that it is before it is cut to the box."""

    step: Rows
    price: PerImage


def nearest(pixels: Rows, slope: Rows, gap: PerImage) -> Nearest:
    """The shortest step inside the box along which a linear function of this slope rises by the gap.

    Where no bound is met that is gap / |slope|^2 times the slope. Else the step is clip(price * slope), and what it
    gains is concave in the price and linear between the prices at which a pixel reaches its bound: Newton's method
    from below never overshoots and ends after finitely many rounds. A gap too large for the box takes every pixel
    that the slope moves to its bound.
    """
    pull = slope.abs()
    room = torch.where(slope > 0, 1 - pixels, pixels)
    open_gap = gap.clamp_min(0)
    price, step = torch.zeros_like(gap), torch.zeros_like(pixels)
    left = open_gap
    for _ in range(ROUNDS):
        is_open = left > ENOUGH * torch.finfo(gap.dtype).eps * open_gap
        free = torch.where(price[:, None] * pull < room, pull, 0.0)
        gain = torch.linalg.vecdot(free, free)
        is_open &= gain > 0
        if not is_open.any():
            break
        price = price + torch.where(is_open, left / gain, 0.0)
        step = torch.minimum(price[:, None] * pull, room)
        left = open_gap - torch.linalg.vecdot(step, pull)
    return Nearest(step * slope.sign(), price)


def length(rows: Tensor) -> PerImage:
    """The Euclidean length of each row."""
    return rows.norm(dim=1)
