"""What attacks on several networks share: where the networks are fused, and steps that only look ahead."""

import math
from collections.abc import Callable, Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from transfer.attacks._ascend import leveled
from transfer.balls import ball, each
from transfer.losses import Gradient, loss_gradient
from transfer.shapes import Images, Labels, Logits, Model

Weights = Float[Tensor, "network image"]


def fused_gradient(
    models: Sequence[Model], labels: Labels, *, fuse: str, goals: Labels | None = None, loss: str = "cross_entropy"
) -> Gradient:
    """The gradient of the networks' mean logits, mean probabilities or mean losses; every network weighs the same.

    Raises LookupError with the known places where they can be fused.
    """
    if fuse == "losses":
        singles = single_gradients(models, labels, goals=goals, loss=loss)
        return lambda images: torch.stack([gradient(images) for gradient in singles]).mean(dim=0)
    if fuse not in FUSED:
        raise LookupError(f"networks are not fused at {fuse!r}. Known: {', '.join(FUSED)}, losses.")
    fused = FUSED[fuse]
    # A network needs no company: fused with nobody it is itself, to the last bit.
    model = models[0] if len(models) == 1 else lambda images: fused([one(images) for one in models])
    return loss_gradient(model, labels, goals=goals, loss=loss)


def single_gradients(
    models: Sequence[Model], labels: Labels, *, goals: Labels | None = None, loss: str = "cross_entropy"
) -> list[Gradient]:
    """The gradient of each network by itself."""
    return [loss_gradient(model, labels, goals=goals, loss=loss) for model in models]


def mean_logits(logits: Sequence[Logits]) -> Logits:
    """What an ensemble predicts, wherever it is asked for its own answer."""
    return torch.stack(list(logits)).mean(dim=0)


def mean_probabilities(logits: Sequence[Logits]) -> Logits:
    """Logits whose softmax is the mean of the networks' softmaxes.

    A softmax leaves a constant open. It is the mean of the networks' own, so that a loss which reads logits sees
    what it would see of one network where all of them agree.
    """
    stacked = torch.stack(list(logits))
    # Summed as logarithms: the probability of a class may be too small for a number, and its logarithm never is.
    mean = stacked.log_softmax(dim=2).logsumexp(dim=0) - math.log(len(stacked))
    return mean + stacked.logsumexp(dim=2).mean(dim=0)[:, None]


FUSED: dict[str, Callable[[Sequence[Logits]], Logits]] = {"logits": mean_logits, "probabilities": mean_probabilities}


def inside(images: Images, epsilon: float) -> Callable[[Images], Images]:
    """What brings an iterate back into the linf ball around the images, and into the box."""
    around, radius = ball("linf"), each(epsilon, images)
    return lambda crafted: (images + around.project(crafted - images, radius)).clamp(0.0, 1.0)


def accumulated(
    gradients: Iterable[Gradient], start: Images, *, back: Callable[[Images], Images], step_size: float, decay: float
) -> Images:
    """The momentum after one step for each of `gradients`, taken ahead of an iterate that stays where it is.

    Each gradient is scaled to mean absolute value 1 before it is added (Dong et al. 2018, equation 6).
    """
    ahead, momentum = start, torch.zeros_like(start)
    for gradient in gradients:
        momentum = decay * momentum + leveled(gradient(ahead))
        ahead = back(ahead + step_size * momentum.sign())
    return momentum
