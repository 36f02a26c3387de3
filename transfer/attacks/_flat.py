"""Gradients that lead to where the loss is flat, for every attack that climbs one."""

from itertools import count

import torch

from transfer.attacks._ascend import ascend, leveled
from transfer.attacks._variance import neighbours
from transfer.balls import ball, each
from transfer.draws import Draws
from transfer.losses import Gradient
from transfer.shapes import Images


def penalised(
    gradient: Gradient, *, radius: float, step_size: float, samples: int, balance: float, draws: Draws
) -> Gradient:
    """The gradient of the loss less a penalty on its gradient's norm, averaged over neighbours.

    Ge et al. 2023, arXiv:2306.05225, algorithm 1: the penalty's gradient is a difference, to a point one step down.
    """
    if samples < 1:
        raise ValueError(f"a gradient averaged over {samples} samples is none; take at least 1")

    def penalised_gradient(images: Images) -> Images:
        total = torch.zeros_like(images)
        for _ in range(samples):
            near = neighbours(images, radius, draws)
            here = gradient(near)
            below = gradient(near - step_size * leveled(here))
            total += (1 - balance) * here + balance * below
        return total / samples

    return penalised_gradient


def opposed(
    gradient: Gradient, *, radius: float, steps: int, late_start: int, random_start: bool, draws: Draws
) -> Gradient:
    """The gradient at the point of the neighbourhood where the attack fares worst, from step `late_start` on.

    Qin et al. 2022, arXiv:2210.05968, algorithm 1: the reverse perturbation goes down what the attack climbs.
    """
    asked = count()

    def down(images: Images) -> Images:
        return -gradient(images)

    def opposed_gradient(images: Images) -> Images:
        if next(asked) < late_start:
            return gradient(images)
        start = images
        if random_start:
            start = (images + ball("linf").sample(images, each(radius, images), draws)).clamp(0.0, 1.0)
        step_size = radius / max(steps, 1)
        worst = ascend(down, images, norm="linf", epsilon=radius, steps=steps, step_size=step_size, start=start)
        return gradient(worst)

    return opposed_gradient
