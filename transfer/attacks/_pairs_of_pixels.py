"""The pair of pixels whose saliency is highest, for every image of a batch and without looking at every pair."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from transfer.attacks._rows import Free, Rows
from transfer.shapes import Flags


class Pair(NamedTuple):
    """Two pixels of each image, and whether there is a pair at all."""

    first: Tensor
    second: Tensor
    exists: Flags


def most_salient(gain: Rows, loss: Rows, allowed: Free) -> Pair:
    """The allowed pair for which (gain + gain) * (loss + loss) is highest, among those where both sums are above 0.

    The product rises with each of its four terms. So a pixel of the best pair is beaten in both gain and loss by one
    other pixel at most, its partner, and lies on one of the first two fronts: few pixels, of which all pairs are tried.
    """
    gain = gain.masked_fill(~allowed, -math.inf)
    order = loss.argsort(dim=1, descending=True, stable=True)
    order = order.gather(1, gain.gather(1, order).argsort(dim=1, descending=True, stable=True))
    # From here on every pixel stands behind those with more gain: on the front is who tops the losses before it.
    gain, loss = gain.gather(1, order), loss.masked_fill(~allowed, -math.inf).gather(1, order)
    front = _tops(loss)
    fronts = front | _tops(loss.masked_fill(front, -math.inf))
    width = max(2, int(fronts.sum(dim=1).amax()))
    places = fronts.int().argsort(dim=1, descending=True, stable=True)[:, :width]
    gains, losses = (values.masked_fill(~fronts, -math.inf).gather(1, places) for values in (gain, loss))
    gains, losses = gains[:, :, None] + gains[:, None, :], losses[:, :, None] + losses[:, None, :]
    twice = torch.eye(width, dtype=torch.bool, device=gain.device)
    scores = torch.where((gains > 0) & (losses > 0) & ~twice, gains * losses, -math.inf)
    best, number = scores.flatten(1).max(dim=1)
    pixels = order.gather(1, places)
    first, second = pixels.gather(1, number[:, None] // width), pixels.gather(1, number[:, None] % width)
    return Pair(first[:, 0], second[:, 0], best.isfinite())


def _tops(values: Rows) -> Free:
    """Which values are higher than all before them in their row."""
    highest = values.cummax(dim=1).values
    before = torch.cat([torch.full_like(highest[:, :1], -math.inf), highest[:, :-1]], dim=1)
    return values > before
