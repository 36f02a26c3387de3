"""Block shuffle and rotation."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._shuffle import shuffled
from transfer.attacks._views import through
from transfer.draws import Draws
from transfer.shapes import Images, Labels, Model, Trace


def bsr(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    copies: int = 20,
    blocks: int = 2,
    angle: float = 24.0,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Block shuffle and rotation: the model sees the image cut into blocks, in another order, each turned a little.

    Wang et al. 2024, arXiv:2308.10299, algorithm 1: 20 copies of 2 x 2 blocks turned by up to 24 degrees. As in the
    authors' code the rows of blocks change places, and the columns; it draws the angles from a normal distribution cut
    off at 23 degrees, uniform here and in torchattack. torchattack turns strips rather than blocks, of which it has
    three; TransferAttack has three as well and turns none.
    """
    views = shuffled(images, draws, copies=copies, blocks=blocks, angle=angle)
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
