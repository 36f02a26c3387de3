"""Nesterov iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend, nesterov
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def ni_fgsm(
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
    """Nesterov iterative FGSM: MI-FGSM whose gradient is taken where the momentum is about to lead.

    Lin et al. 2020, arXiv:1908.06281, equations 6 to 8. The paper prints the momentum's gradients divided by their L1
    norm; as in its authors' code they are divided by their mean absolute value, without which the look ahead would be
    shorter than a step by the number of pixels. torchattacks does the same; torchattack 1.7 forgets the momentum.
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
        look=nesterov(epsilon / steps, decay),
        trace=trace,
    )
