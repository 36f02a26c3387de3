"""Momentum iterative FGSM on several networks at once."""

from collections.abc import Sequence
from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._ensemble import fused_gradient
from transfer.shapes import Images, Labels, Model, Trace


def ensemble(
    models: Sequence[Model],
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    fuse: Literal["logits", "probabilities", "losses"] = "logits",
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Momentum iterative FGSM on an ensemble: what fools several networks at once is likelier to fool another.

    Dong et al. 2018, arXiv:1710.06081, section 3.3 and algorithm 2, which fuses the networks' logits; Liu et al.
    2017, arXiv:1611.02770, section 5, fuse their probabilities. Either way, and with losses, all weigh the same.

    TransferAttack's `ens`, which names Liu et al., averages logits.
    """
    gradient = fused_gradient(models, labels, fuse=fuse, goals=goals, loss=loss)
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
