"""The common weakness attack."""

from collections.abc import Sequence
from typing import Literal

import torch

from transfer.attacks._ascend import ascend
from transfer.attacks._ensemble import fused_gradient, inside, single_gradients
from transfer.balls import ball
from transfer.shapes import Images, Labels, Model, Trace


def cwa(
    models: Sequence[Model],
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    relative_step: float = 1 / 5,
    relative_reverse: float = 1 / 15,
    inner_step: float = 50.0,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Common weakness attack: a step back, then one along each network in turn, to where all are flat and near.

    MI-CWA of Chen et al. 2024, arXiv:2303.09105, algorithm 1: sharpness-aware minimisation, whose second half is the
    cosine similarity encourager. The steps forward and back are shares of epsilon. `inner_step` is the paper's beta,
    in units of a gradient of length 1: so long that the ball ends most of it.

    The authors' code has 250 for it, divides the outer update by its sum over the whole batch, and takes no step
    back toward a goal; the paper does none of these, nor does this. TransferAttack follows that code and starts at
    random.
    """
    fused = fused_gradient(models, labels, fuse="logits", goals=goals, loss=loss)
    singles = single_gradients(models, labels, goals=goals, loss=loss)
    back, unit = inside(images, epsilon), ball("l2").steepest
    along = outer = torch.zeros_like(images)

    def update(start: Images) -> Images:
        nonlocal along, outer
        there = back(start - epsilon * relative_reverse * fused(start).sign())
        for single in singles:
            along = decay * along + unit(single(there))
            there = back(there + inner_step * along)
        # Accumulated as it is: its size says how much of the way the ball left open.
        outer = decay * outer + (there - start)
        return outer

    step_size = epsilon * relative_step
    return ascend(update, images, norm="linf", epsilon=epsilon, steps=steps, step_size=step_size, trace=trace)
