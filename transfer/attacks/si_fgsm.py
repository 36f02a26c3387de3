"""Scale-invariant iterative FGSM."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._views import scaled, through
from transfer.shapes import Images, Labels, Model, Trace


def si_fgsm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    scales: int = 5,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Scale invariance: the mean gradient over the image, the image half as bright, a quarter, and so on.

    Lin et al. 2020, arXiv:1908.06281, equation 9, with the momentum of MI-FGSM; the paper's SI-NI-FGSM, which looks
    ahead, is `composed` of si and ni. The gradient is taken at the image, so that a copy half as bright counts half.
    torchattacks follows the paper; torchattack 1.7 counts the brighter copies more than once and forgets the momentum.
    """
    gradient = through(model, labels, scaled(scales), goals=goals, loss=loss)
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
