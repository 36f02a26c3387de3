"""Fast minimum norm."""

from typing import Literal

import torch

from transfer.attacks._smallest import Smallest, cosine, of, see
from transfer.balls import TINY, ball, each
from transfer.shapes import Found, Images, Labels, Model

LAST_CHANGE = 0.001  # of the radius, at the end


def fmn(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    norm: Literal["l2", "linf"] = "l2",
    steps: int = 100,
    step_size: float = 1.0,
    radius_change: float = 0.05,
    goals: Labels | None = None,
) -> Found:
    """Fast minimum norm: steps up the margin in a ball whose radius is led to the boundary.

    Pintor et al. 2021, arXiv:2102.12827, algorithm 1. Until the first success the radius is where the linear model
    has the boundary; then it shrinks after a success, below the smallest, and grows after a failure. Step size and
    change fall along a cosine, to a hundredth and to 0.001 as in the authors' code. One deviation: before the first
    success, too, the radius grows by no less than after a failure. What clipping to the box takes away can otherwise
    hold an image short of the boundary for ever (on digits, of two networks, a sixth and two thirds of the images). The
    authors' first code escapes by the loss of the whole batch in place of the image's own; foolbox 3.3 by a projection
    on the l2 ball that does nothing, so that its l2 perturbations are half as large again. Its linf attack follows the
    paper.
    """
    kept, around, l2 = Smallest(images, norm), ball(norm), ball("l2")
    dual = l2.size if norm == "l2" else lambda gradients: gradients.flatten(1).abs().sum(dim=1)
    rows = kept.unfooled(model, labels, goals)
    clean, labels, goals = of(rows, images, labels, goals)
    crafted, furthest = clean, around.size(torch.maximum(clean, 1 - clean))
    radius = torch.zeros_like(furthest)
    for step in range(steps if len(rows) else 0):
        seen = see(model, crafted, labels, goals, "margin")
        gradient = kept.spent(rows, seen.gradient)
        is_there = seen.lead > 0
        kept.offer(rows, crafted, is_there)
        least, change = kept.size[rows], cosine(step, steps, radius_change, LAST_CHANGE)
        linear = around.size(crafted - clean) + seen.loss.abs() / dual(gradient).clamp_min(TINY)
        grown = torch.where(least.isfinite(), 0.0, linear).maximum(radius * (1 + change))
        radius = torch.where(is_there, least.minimum(radius * (1 - change)), grown).minimum(furthest)
        moved = crafted - clean + cosine(step, steps, step_size, step_size / 100) * l2.steepest(gradient)
        crafted = (clean + around.project(moved, each(radius, clean))).clamp(0.0, 1.0)
    return kept.found()
