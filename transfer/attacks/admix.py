"""Admix."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._views import chain, mixed, scaled, through
from transfer.draws import Draws
from transfer.shapes import Images, Labels, Model, Pool, Trace


def admix(
    model: Model,
    images: Images,
    labels: Labels,
    pool: Pool,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    mixes: int = 3,
    portion: float = 0.2,
    scales: int = 5,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Admix: the model sees the image with a little of images of other classes mixed in, at several brightnesses.

    Wang et al. 2021, arXiv:2102.00436, algorithm 1. The other images are clean ones of the craft and of another class,
    drawn for each image and step. The authors' code, torchattack and TransferAttack take the crafted images of the
    same batch in another order, whatever their class, so that an image may be mixed with itself.
    """
    views = chain(mixed(labels, pool, draws, mixes=mixes, portion=portion), scaled(scales))
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
