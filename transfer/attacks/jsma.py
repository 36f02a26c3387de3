"""The Jacobian-based saliency map attack."""

import math

import torch
from torch import Tensor

from transfer.attacks._pairs_of_pixels import most_salient
from transfer.attacks._smallest import Smallest, lead, of
from transfer.shapes import Found, Images, Labels, Model


def jsma(
    model: Model,
    images: Images,
    *,
    change: float = 1.0,
    most: float = 0.145,
    goals: Labels,
) -> Found:
    """Saliency map attack: two pixels at a time, those that raise the goal most while lowering all other classes.

    Papernot et al. 2016, arXiv:1511.07528, algorithms 2 and 3 and equation 8: a pair's saliency is its slope on the
    goal's logit times minus its slope on the sum of the others', where the signs are right. Each pixel changes by
    `change` (brighter, or below 0 darker) and is out once it is black or white; an image ends at its goal, without a
    pair left, or when `most` of its pixels have changed. Pixels that cannot change are out from the beginning. The
    pairs are found exactly, by Pareto fronts in place of all pairs.
    """
    kept, shape = Smallest(images), images.shape
    rows = kept.unfooled(model, goals, goals)
    crafted, goals = of(rows, images, goals)
    brighter, room = math.copysign(1.0, change), float(change > 0)
    for _ in range(int(most * images[0].numel() / 2) + 1):
        if not len(rows):
            break
        logits, (goal, others) = _slopes(model, kept, rows, crafted, goals)
        is_there = lead(logits, goals, goals) > 0
        kept.offer(rows, crafted, is_there)
        pixels = crafted.flatten(1)
        pair = most_salient(brighter * goal, -brighter * others, pixels != room)
        both = torch.stack([pair.first, pair.second], dim=1)
        pixels = pixels.scatter(1, both, (pixels.gather(1, both) + change).clamp(0.0, 1.0))
        left = ~is_there & pair.exists
        rows, crafted, goals = of(left, rows, pixels.view(-1, *shape[1:]), goals)
    return kept.found()


def _slopes(model: Model, kept: Smallest, rows: Tensor, images: Images, goals: Labels) -> tuple[Tensor, Tensor]:
    """The logits, and for each pixel the slope of the goal's logit and of the sum of the others."""
    asked = images.repeat(2, 1, 1, 1).requires_grad_()
    logits: Tensor = model(asked)
    goal, other = logits.gather(1, goals.repeat(2)[:, None])[:, 0], logits.sum(dim=1)
    count = len(images)
    (slopes,) = torch.autograd.grad(goal[:count].sum() + (other - goal)[count:].sum(), asked)
    slopes = kept.spent(rows.repeat(2), slopes).flatten(1).unflatten(0, (2, count))
    return logits.detach()[:count], slopes
