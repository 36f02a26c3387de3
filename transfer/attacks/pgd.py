"""Projected gradient descent."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.balls import ball, each
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def pgd(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    norm: Literal["linf", "l2", "rms"] = "linf",
    steps: int = 40,
    relative_step: float = 0.0625,
    random_start: bool = True,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Projected gradient descent in a ball, from a random point of it.

    Madry et al. 2018, arXiv:1706.06083, section 2.1. A step takes `relative_step` of epsilon: 2.5 / 40, as in the
    authors' later code, so that every corner is within reach of every start.
    """
    around = ball(norm)
    start = images
    if random_start:
        start = (images + around.sample(images, each(epsilon, images), draws)).clamp(0.0, 1.0)
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(
        gradient,
        images,
        norm=norm,
        epsilon=epsilon,
        steps=steps,
        step_size=epsilon * relative_step,
        start=start,
        trace=trace,
    )
