"""Decoupled direction and norm."""

import torch

from transfer.attacks._smallest import Smallest, cosine, of, see
from transfer.balls import TINY, ball, each
from transfer.shapes import Found, Images, Labels, Model


def ddn(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    steps: int = 100,
    first_radius: float = 1.0,
    radius_change: float = 0.05,
    step_size: float = 1.0,
    goals: Labels | None = None,
) -> Found:
    """Decoupled direction and norm: gradient steps on a sphere that shrinks after a success and grows after a failure.

    Rony et al. 2019, arXiv:1811.09600, algorithm 1; the step size falls along a cosine to a hundredth. As in the
    authors' code, and in foolbox, a step starts from the last iterate as it was projected and clipped, and the sphere
    never grows beyond the box. Pixels are not rounded to 8 bits on the way. Where a gradient is exactly zero the
    libraries draw a random direction; here the image goes on as it went.
    """
    kept, l2 = Smallest(images), ball("l2")
    rows = kept.unfooled(model, labels, goals)
    clean, labels, goals = of(rows, images, labels, goals)
    crafted, furthest = clean, l2.size(torch.maximum(clean, 1 - clean))
    radius = torch.full_like(furthest, first_radius)
    for step in range(steps if len(rows) else 0):
        seen = see(model, crafted, labels, goals, "cross_entropy")
        gradient = kept.spent(rows, seen.gradient)
        is_there = seen.lead > 0
        kept.offer(rows, crafted, is_there)
        radius = (radius * torch.where(is_there, 1 - radius_change, 1 + radius_change)).minimum(furthest)
        moved = crafted - clean + cosine(step, steps, step_size, step_size / 100) * l2.steepest(gradient)
        crafted = (clean + moved * each(radius / l2.size(moved).clamp_min(TINY), clean)).clamp(0.0, 1.0)
    return kept.found()
