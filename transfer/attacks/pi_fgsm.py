"""Patch-wise iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._patchwise import patchwise
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def pi_fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    amplification: float = 10.0,
    projection: float = 1.0,
    kernel: int = 3,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Patch-wise iterative FGSM: large steps, of which what leaves the ball moves the pixels around instead.

    Gao et al. 2020, arXiv:2007.06765, algorithm 1. A step is `amplification` times epsilon / steps, and what is
    projected onto `kernel` x `kernel` pixels moves them by `projection` steps: 1 as in the authors' code, where the
    paper's project factor is 16/255 for epsilon 16/255. Where the pixels around cancel exactly nothing is projected;
    in the public implementations rounding decides.
    """
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(
        gradient,
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        # In this order: ten steps amplified tenfold are epsilon to the last bit.
        step_size=amplification / steps * epsilon,
        move=patchwise(steps / amplification, projection=projection, kernel=kernel),
        trace=trace,
    )
