"""Projected gradient descent."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.balls import ball, each
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model


def pgd(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    norm: Literal["linf", "l2", "rms"] = "linf",
    steps: int = 40,
    relative_step: float = 0.0333,
    random_start: bool = True,
    draws: Draws,
    goals: Labels | None = None,
) -> Images:
    """Projected gradient descent in an L-inf or L2 ball, from a random point of it.

    Madry et al. 2018, arXiv:1706.06083, section 2.1.
    `relative_step` is the part of epsilon that a step takes: 40 steps of 0.01 at epsilon 0.3 there.
    """
    around = ball(norm)
    start = images
    if random_start:
        start = (images + around.sample(images, each(epsilon, images), draws)).clamp(0.0, 1.0)
    gradient = loss_gradient(model, labels, goals=goals)
    return ascend(
        gradient, images, norm=norm, epsilon=epsilon, steps=steps, step_size=epsilon * relative_step, start=start
    )
