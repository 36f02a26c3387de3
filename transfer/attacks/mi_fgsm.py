"""Momentum iterative FGSM."""

from transfer.attacks._ascend import ascend
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model


def mi_fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    goals: Labels | None = None,
) -> Images:
    """Momentum iterative FGSM: past gradients steer clear of the surrogate's own quirks.

    Dong et al. 2018, arXiv:1710.06081, equations 6 and 7.
    """
    gradient = loss_gradient(model, labels, goals=goals)
    return ascend(gradient, images, norm="linf", epsilon=epsilon, steps=steps, step_size=epsilon / steps, decay=decay)
