"""Translation-invariant iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._smoothing import smoothed
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def ti_fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    kernel: int = 15,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Translation-invariant attack: the gradient smoothed, as the mean over shifted copies of the image would be.

    Dong et al. 2019, arXiv:1904.02884, with momentum (TI-MI-FGSM) and the Gaussian kernel of section 3.2.2:
    `kernel` pixels a side, 15 in the paper, 7 in most later ones. torchattacks and TransferAttack have the paper's
    kernel and the decay as a setting; torchattack 1.7 takes the square root of a Gaussian, which is wider by a factor
    of 1.3, and forgets its momentum.
    """
    gradient = smoothed(loss_gradient(model, labels, goals=goals, loss=loss), kernel)
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
