"""One class more, for what is nothing."""

from functools import partial
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.attacks._ascend import ascend
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.recipes._adversary import attacked
from transfer.recipes._fit import Batch, BatchLoss, descent, fit, plain_loss
from transfer.shapes import Images, Labels, Pixels, Progress

EXTRA_CLASSES = 1  # answers that a network of this recipe has beside the classes of the data


def background_class(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    rounds: int = 5,
    fooling: int = 1000,
    start: Literal["noise", "images"] = "noise",
    steps: int = 10,
    step_size: float = 0.05,
    epochs: int = 10,
    batch: int = 128,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float | tuple[float, ...] = 0.0,
    penalty: Literal["l2", "l2_per_unit"] = "l2",
    schedule: Literal["cosine", "constant"] = "cosine",
    trace: Progress | None = None,
) -> nn.Module:
    """A class for what is nothing, fed with fooling images of the network itself, round after round.

    Karpathy 2015, "Breaking linear classifiers on ImageNet", who found that it does not help. The first round trains
    without them; before each other one `fooling` new ones join all earlier ones: from noise or training images, toward
    a random class, away from whatever answer is next to it, nothing included, in `steps` that change pixels by
    `step_size` (root mean square). Rounds share `epochs`, each with a schedule of its own.
    """
    passes = partial(fit, module, images, labels, draws=draws, batch=batch, schedule=schedule)
    optimise = partial(descent, module, learning_rate=learning_rate, momentum=momentum)
    classes = outputs_of(module, images) - EXTRA_CLASSES
    shape, dtype = images.shape[1:], next(module.parameters()).dtype
    nothing = torch.empty(0, *shape, dtype=dtype)
    for begun, ended in pairwise(epochs * round_ // rounds for round_ in range(rounds + 1)):
        if begun:
            drawn = draws.apart("fooling images")
            for chosen in drawn.order()[:fooling].split(batch):
                own = drawn.of(chosen)
                begin = images[chosen].to(dtype).div_(255) if start == "images" else own.uniform(*shape).to(dtype)
                made = fooling_images(module, begin, own.below(classes), steps=steps, step_size=step_size)
                nothing = torch.cat([nothing, made])
        loss = beside(nothing, classes, len(nothing) / len(images))
        optimiser = optimise(weight_decay=weight_decay, penalty=penalty)
        passes(optimiser=optimiser, epochs=ended - begun, loss=loss, trace=later(trace, begun))
    return module


def outputs_of(module: nn.Module, images: Pixels) -> int:
    """How many answers a network has when it is used."""
    with attacked(module), torch.no_grad():
        return int(module(images[:1].to(next(module.parameters()).dtype)).shape[1])


def fooling_images(module: nn.Module, images: Images, goals: Labels, *, steps: int, step_size: float) -> Images:
    """Images of which the network is sure that each is its goal, whatever they look like.

    On a linear network x + a * (w - v), where w is the template of the goal and v that of the next answer.
    """
    with attacked(module):
        gradient = loss_gradient(module, goals, goals=goals, loss="margin")
        return ascend(gradient, images, norm="rms", epsilon=1.0, steps=steps, step_size=step_size)


def beside(nothing: Images, label: int, share: float) -> BatchLoss:
    """The cross entropy of a batch and, beside it, of its share of what is nothing."""

    def loss(module: nn.Module, batch: Batch) -> Tensor:
        drawn = batch.draws.below(len(nothing))[: round(share * len(batch.labels))]
        images = torch.cat([batch.images, nothing[drawn]])
        return F.cross_entropy(module(images), torch.cat([batch.labels, torch.full_like(drawn, label)]))

    return loss if len(nothing) else plain_loss


def later(trace: Progress | None, epochs: int) -> Progress | None:
    """Tells of epochs that come after others."""
    return (lambda epoch, module: trace(epochs + epoch, module)) if trace else None
