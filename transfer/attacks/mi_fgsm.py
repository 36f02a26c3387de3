"""Momentum iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def mi_fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Momentum iterative FGSM: past gradients steer clear of the surrogate's own quirks.

    Dong et al. 2018, arXiv:1710.06081, equations 6 and 7.
    """
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(
        gradient,
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        step_size=epsilon / steps,
        decay=decay,
        trace=trace,
    )
