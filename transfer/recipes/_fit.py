"""The one loop of the recipes that minimise a loss over shuffled batches."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.shapes import Images, Labels, Pixels, Progress

Penalty = Literal["l2", "l2_per_unit"]
Schedule = Literal["cosine", "constant"]


class Batch(NamedTuple):
    """The images of a step, as the network sees them, and draws of their own: others in every epoch."""

    images: Images
    labels: Labels
    draws: Draws


BatchLoss = Callable[[nn.Module, Batch], Tensor]
# From a batch of images, and draws for each, to what the network sees of them.
See = Callable[[Images, Draws], Images]
# From what measures the loss, to the loss; leaves in the parameters the gradient that the step goes down.
Slope = Callable[[Callable[[], Tensor]], Tensor]


def plain_loss(module: nn.Module, batch: Batch) -> Tensor:
    """The mean cross entropy of a batch."""
    return F.cross_entropy(module(batch.images), batch.labels)


def as_they_are(images: Images, draws: Draws) -> Images:
    """The images themselves."""
    return images


def plain_slope(measure: Callable[[], Tensor]) -> Tensor:
    """The gradient of the loss, where the network stands."""
    loss = measure()
    loss.backward()
    return loss


def fit(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    optimiser: torch.optim.Optimizer,
    epochs: int,
    batch: int,
    schedule: Schedule,
    loss: BatchLoss = plain_loss,
    see: See = as_they_are,
    slope: Slope = plain_slope,
    trace: Progress | None = None,
) -> nn.Module:
    """Minimises `loss` over `epochs` passes in a new order each; the images stay bytes until their batch.

    Raises FloatingPointError at the first loss that is not finite, with the epoch, the step and what to change.
    """
    steps = math.ceil(len(images) / batch)
    rates = [group["lr"] for group in optimiser.param_groups]
    dtype = next(module.parameters()).dtype
    module.train()
    for epoch in range(epochs):
        own = draws.apart("batches")
        for step, chosen in enumerate(draws.order().split(batch)):
            factor = rate_at((epoch * steps + step) / (epochs * steps), schedule)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            drawn = own.of(chosen)
            seen = Batch(see(images[chosen].to(dtype).div_(255), drawn), labels[chosen], drawn)
            optimiser.zero_grad(set_to_none=True)
            value = slope(partial(loss, module, seen)).item()
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"training diverged: the loss is {value} in epoch {epoch + 1}, step {step + 1} of {steps}. "
                    f"Lower the learning rate (now {rates[0]:g})"
                )
            optimiser.step()
        if trace:
            trace(epoch + 1, module)
    return module


def rate_at(progress: float, schedule: Schedule) -> float:
    """The share of the learning rate that is left after a part of all steps."""
    return 0.5 * (1 + math.cos(math.pi * progress)) if schedule == "cosine" else 1.0


def descent(
    module: nn.Module,
    *,
    learning_rate: float,
    momentum: float,
    weight_decay: float | Sequence[float] = 0.0,
    penalty: Penalty = "l2",
) -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum, each layer with its weight decay."""
    groups = decayed(module, weight_decay, penalty)
    return torch.optim.SGD(groups, lr=learning_rate, momentum=momentum, fused=True)


def decayed(module: nn.Module, weight_decay: float | Sequence[float], penalty: Penalty) -> list[dict[str, Any]]:
    """The parameters in groups of equal weight decay, for a torch optimiser; biases and norms are not decayed.

    One number holds for every layer, a sequence has one a layer. `l2` adds w * weight_decay to the gradient, as
    torch does; `l2_per_unit` adds the gradient of weight_decay * sum w^2 / units of the layer, the penalty of
    Szegedy et al. 2014, section 4. Raises ValueError where a sequence does not have one number a layer.
    """
    layers = [part for part in module.modules() if isinstance(part, nn.Linear | nn.modules.conv._ConvNd)]
    given = list(weight_decay) if isinstance(weight_decay, Sequence) else [weight_decay] * len(layers)
    if len(given) != len(layers):
        raise ValueError(f"weight_decay has {len(given)} numbers, the network {len(layers)} layers; give one a layer")
    groups: list[dict[str, Any]] = []
    for layer, amount in zip(layers, given, strict=True):
        strength = 2 * amount / layer.weight.shape[0] if penalty == "l2_per_unit" else amount
        groups.append({"params": [layer.weight], "weight_decay": strength})
    taken = {id(group["params"][0]) for group in groups}
    rest = [parameter for parameter in module.parameters() if id(parameter) not in taken]
    return [*groups, {"params": rest, "weight_decay": 0.0}] if rest else groups
