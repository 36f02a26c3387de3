"""Fast minimum norm."""

from typing import Literal

import torch

from transfer.attacks._smallest import Smallest, cosine, of, see
from transfer.balls import TINY, ball, each
from transfer.shapes import Found, Images, Labels, Model

LAST_CHANGE = 0.001  # of the radius, at the end
BEYOND = 1.0001  # times as far as the linear model's boundary, where rounding would hold what is linear indeed
CLIPPED = 0.999  # of the radius: an iterate that is smaller was cut by the box


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
    change fall along a cosine, to a hundredth and to 0.001 as in the authors' code. One deviation: where the box cut
    the last iterate the radius grows by no less than after a failure, before the first success too. What clipping
    takes away can otherwise hold an image short of the boundary for ever (for l2 on digits, of two networks, a sixth
    and two thirds of the images). The authors' first code escapes by the loss of the whole batch in place of the
    image's own; foolbox 3.3 by a projection on the l2 ball that does nothing, so that its l2 perturbations are half
    as large again. Its linf attack follows the paper.
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
        size = around.size(crafted - clean)
        linear = BEYOND * (size + seen.loss.abs() / dual(gradient).clamp_min(TINY))
        is_known, is_cut = least.isfinite(), size < CLIPPED * radius
        grown = torch.where(is_known | is_cut, radius * (1 + change), 0.0)
        grown = grown.maximum(torch.where(is_known, 0.0, linear))
        radius = torch.where(is_there, least.minimum(radius * (1 - change)), grown).minimum(furthest)
        moved = crafted - clean + cosine(step, steps, step_size, step_size / 100) * l2.steepest(gradient)
        crafted = (clean + around.project(moved, each(radius, clean))).clamp(0.0, 1.0)
    return kept.found()
