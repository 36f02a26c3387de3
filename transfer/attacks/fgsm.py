"""The fast gradient sign method."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model


def fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
) -> Images:
    """Fast gradient sign method: one step of epsilon along the sign of the gradient.

    Goodfellow et al. 2015, arXiv:1412.6572, section 3.
    """
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(gradient, images, norm="linf", epsilon=epsilon, steps=1, step_size=epsilon)
