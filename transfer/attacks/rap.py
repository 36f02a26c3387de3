"""Reverse adversarial perturbation."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._flat import opposed
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def rap(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 400,
    relative_step: float = 0.125,
    late_start: int = 100,
    inner_steps: int = 8,
    relative_radius: float = 1.0,
    random_start: bool = True,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Reverse adversarial perturbation: BIM that must hold where a small perturbation opposes it.

    Qin et al. 2022, arXiv:2210.05968, algorithm 1 (RAP-LS; `late_start` 0 is RAP). The reverse perturbation takes
    `inner_steps` down the same loss within `relative_radius` times epsilon and the box, from a random point unless
    `random_start` is off, as in the authors' code; it is in what is returned only through the gradients.
    """
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(
        opposed(
            gradient,
            radius=relative_radius * epsilon,
            steps=inner_steps,
            late_start=late_start,
            random_start=random_start,
            draws=draws,
        ),
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        step_size=relative_step * epsilon,
        trace=trace,
    )
