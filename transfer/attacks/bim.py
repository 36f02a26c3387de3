"""The basic iterative method."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def bim(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    step_size: float | None = None,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Basic iterative method (I-FGSM): FGSM in small steps, clipped to the ball after each.

    Kurakin et al. 2017, arXiv:1607.02533, section 2.2. Unless it is said, a step is epsilon / steps, as in the papers
    on transfer since Dong et al. 2018; the authors take min(n + 4, 1.25 n) steps of 1/255 for an epsilon of n/255.
    """
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(
        gradient,
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        step_size=epsilon / steps if step_size is None else step_size,
        trace=trace,
    )
