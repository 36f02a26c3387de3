"""The intermediate level attack."""

from typing import Literal

import torch

from transfer.attacks._ascend import ascend
from transfer.attacks._layers import along, gradient_at_pixels, inside, lengths
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def ila(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    relative_step: float = 0.2,
    first_steps: int = 10,
    decay: float = 0.0,
    layer: str = "middle",
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Intermediate level attack: goes as far as it can in the direction that a first attack took in a middle layer.

    Huang et al. 2019, arXiv:1907.10823, the projection loss (ILAP): the features' change, projected on
    the change that a first attack made, is maximised from the clean image on. The first attack is I-FGSM, with `decay`
    MI-FGSM, of `first_steps`; it may be targeted, and `loss` is its. A step of the second takes `relative_step` of
    epsilon: 0.006 at 0.03, as in the authors' code. `layer` is a module's name or `middle`: the paper finds the best
    layer by trying them all on held-out images.

    The projection is divided by the squared length of the first attack's change, as in the authors' code, so that
    several surrogates weigh alike; that length is here each image's, in their code the whole batch's, which scales
    a gradient and changes no sign. TransferAttack's loss is the authors', in a layer half way down the list of modules.
    Their flexible loss (ILAF) is not offered. The steps that are told are those of the second attack.
    """
    first = loss_gradient(model, labels, goals=goals, loss=loss)
    guide = ascend(
        first, images, norm="linf", epsilon=epsilon, steps=first_steps, step_size=epsilon / first_steps, decay=decay
    )
    with inside(model, images, layer) as look:
        with torch.no_grad():
            clean, guided = look(images).features, look(guide).features
        changes = [there - here for there, here in zip(guided, clean, strict=True)]
        directions = [(change / lengths(change) / lengths(change)).to(images.dtype) for change in changes]
        return ascend(
            gradient_at_pixels(look, lambda features: along(features, directions)),
            images,
            norm="linf",
            epsilon=epsilon,
            steps=steps,
            step_size=epsilon * relative_step,
            trace=trace,
        )
