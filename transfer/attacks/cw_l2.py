"""The l2 attack of Carlini and Wagner."""

import torch

from transfer.attacks._box import length, nearest
from transfer.attacks._rows import Rows
from transfer.attacks._smallest import Smallest, of, see
from transfer.shapes import Flags, Found, Images, Labels, Model, PerImage

FIRST_PACE, LAST_PACE = 0.7, 0.01  # of the way to where the last gradient alone would lead
RANGE = 10.0  # log c can rise or fall by so much in all steps together


def cw_l2(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    confidence: float = 0.0,
    steps: int = 200,
    accuracy: float = 0.003,
    goals: Labels | None = None,
) -> Found:
    """Carlini and Wagner: the least |r|^2 + c * max(confidence - lead, 0) in [0, 1], with the c that just gets there.

    Carlini & Wagner 2017, arXiv:1608.04644, section VI.A: the margin of logits as loss, for every image the smallest
    success, and its c. Where the paper runs Adam for 10,000 steps in a tanh variable for each of nine values of c,
    here one descent does both. Its steps are subgradient steps projected on the box, the first of the paper's three
    ways to stay inside (section V.B): black pixels, where tanh is flat, move as fast as others. A step goes from r
    toward c/2 times the gradient, a share of the way that falls from 0.7 to 0.01. And c, which begins where the linear
    model of the clean image has it, falls after every success and rises after every failure.

    An image leaves when its success is at most `accuracy` larger than what the linear model there would need.
    """
    kept = Smallest(images)
    rows = kept.unfooled(model, labels, goals, confidence)
    clean, labels, goals = of(rows, images, labels, goals)
    crafted, constant = clean, torch.zeros_like(clean[:, 0, 0, 0])
    for step in range(steps):
        if not len(rows):
            break
        seen = see(model, crafted, labels, goals, "margin")
        gradient = kept.spent(rows, seen.gradient).flatten(1)
        short = confidence - seen.lead
        if step == 0:
            constant = 2 * nearest(clean.flatten(1), gradient, short).price
        better = kept.offer(rows, crafted, short < 0, constant)
        moved, is_over = (crafted - clean).flatten(1), better.clone()
        is_over[better] = _is_nearest(*of(better, clean.flatten(1), moved, gradient, short), accuracy=accuracy)
        pace = FIRST_PACE * (LAST_PACE / FIRST_PACE) ** (step / steps)
        led = torch.where(short >= 0, constant / 2, 0.0)[:, None] * gradient
        crafted = (clean + moved.lerp(led, pace).view_as(clean)).clamp(0.0, 1.0)
        constant = constant * torch.where(short >= 0, RANGE / steps, -RANGE / steps).exp()
        rows, clean, crafted, labels, goals, constant = of(~is_over, rows, clean, crafted, labels, goals, constant)
    return kept.found()


def _is_nearest(clean: Rows, moved: Rows, gradient: Rows, short: PerImage, *, accuracy: float) -> Flags:
    """Which perturbations are as small as those that end at the boundary of the model made linear where they are."""
    least = nearest(clean, gradient, short + torch.linalg.vecdot(gradient, moved)).step
    return length(moved) <= (1 + accuracy) * length(least)
