"""Variance-tuned momentum iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._variance import Tuned
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def vmi_fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    samples: int = 20,
    relative_radius: float = 1.5,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Variance-tuned MI-FGSM: the gradient is steadied by those of the last iterate's neighbours.

    Wang & He 2021, arXiv:2103.15571, algorithm 1. The neighbours lie within `relative_radius` times epsilon and may
    leave the box, as in the authors' code, in torchattack and in torchattacks.
    """
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(
        Tuned(gradient, radius=relative_radius * epsilon, samples=samples, draws=draws),
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        step_size=epsilon / steps,
        decay=decay,
        trace=trace,
    )
