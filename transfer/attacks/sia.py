"""Structure-invariant attack."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._transform import transformed
from transfer.attacks._views import through
from transfer.draws import Draws
from transfer.shapes import Images, Labels, Model, Trace


def sia(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    copies: int = 20,
    blocks: int = 3,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Structure-invariant attack: the model sees the image cut into blocks, each transformed in a way of its own.

    Wang et al. 2023, arXiv:2309.14700, algorithm 1, with the ten transformations of the authors' code; TransferAttack
    has seven of them. Where the blocks end is drawn for each image. A block of one or two pixels keeps all of its
    frequencies; in the authors' code it loses them all.
    """
    views = transformed(images, draws, copies=copies, blocks=blocks)
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
