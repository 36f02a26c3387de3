"""Variance-tuned Nesterov iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend, nesterov
from transfer.attacks._variance import Tuned
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def vni_fgsm(
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
    """Variance-tuned NI-FGSM: the gradient ahead, steadied by those of the last iterate's neighbours.

    Wang & He 2021, arXiv:2103.15571, algorithm 1 with the look ahead of NI-FGSM. The neighbours lie around the
    iterate, as in the authors' code, torchattack and torchattacks; TransferAttack puts them around the look ahead.
    """
    ahead = nesterov(epsilon / steps, decay)
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    tuned = Tuned(gradient, radius=relative_radius * epsilon, samples=samples, draws=draws, ahead=ahead)
    return ascend(
        tuned,
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        step_size=epsilon / steps,
        decay=decay,
        look=tuned.look,
        trace=trace,
    )
