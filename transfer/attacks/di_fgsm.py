"""Diverse inputs iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._resize import resized
from transfer.attacks._views import through
from transfer.draws import Draws
from transfer.shapes import Images, Labels, Model, Trace


def di_fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    probability: float = 0.5,
    smallest: float = 0.9,
    interpolation: Literal["nearest", "bilinear"] = "nearest",
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Diverse inputs: the model sees each step's images at a random size and place, with a probability.

    Xie et al. 2019, arXiv:1803.06978, with momentum (M-DI2-FGSM; a decay of 0 gives DI2-FGSM) and its probability of
    0.5; torchattack has 1. The paper shows 299 pixels with 299 to 330 on 331. Here the images keep their side, so that
    every model can see them, and are shown with 0.9 of it, which is 299 / 331, or more, as in torchattack and
    torchattacks, but drawn for each image and not once for the batch. TransferAttack enlarges first and shrinks again.
    The paper does not say how it interpolates: nearest as in the authors' code and torchattack, the others bilinear.
    """
    views = resized(images, draws, probability=probability, smallest=smallest, interpolation=interpolation)
    gradient = through(model, labels, views, goals=goals, loss=loss)
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
