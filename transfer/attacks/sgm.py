"""The skip gradient method."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._graph import Graph
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Logits, Model, Trace


def sgm(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    residual_decay: float = 0.2,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Skip gradient method: the gradient comes more through the skip connections, less through what they skip.

    Wu et al. 2020, arXiv:2002.05990: a gradient is multiplied by `residual_decay` (the paper's gamma: 0.2
    for ResNets, 0.5 for DenseNets) wherever it enters a residual branch, once a branch whatever is in it. Branches are
    found in what a pass computes: added to what they were made from, directly or through one layer that fits the
    shape, or concatenated with it as in a DenseNet. So post- and pre-activation blocks, inverted bottlenecks,
    transformers and mixers have them, and functional ReLUs do no harm.

    The authors' code decays at the ReLUs instead, by gamma to the power of one over their number, and, since a block's
    last ReLU is often the same module, once more behind the addition, where it changes nothing but the scale. It leaves
    out the first block of the network; TransferAttack and torchattack leave out the first block of every stage. Here
    all blocks count, as in the paper's product over them. The code's division by the standard deviation over the batch
    is for the range of the numbers alone and is left out: it would make one image depend on the others.

    Raises ValueError where no surrogate has a residual branch.
    """

    def decayed(pixels: Images) -> Logits:
        logits = model(pixels)
        joins = Graph(logits).joins()
        if not joins:
            raise ValueError(
                "sgm decays the gradients of residual branches, and this surrogate has none: nothing is added to, or "
                "concatenated with, what it was made from; attack it with mi_fgsm, or take a network that skips layers"
            )
        for join in joins:
            join.hook(lambda gradient: gradient * residual_decay)
        return logits

    gradient = loss_gradient(decayed, labels, goals=goals, loss=loss)
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
