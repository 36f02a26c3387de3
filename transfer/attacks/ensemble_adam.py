"""The optimisation-based attack on an ensemble."""

import math
from collections.abc import Sequence
from typing import Literal

import torch

from transfer.attacks._ensemble import mean_probabilities
from transfer.balls import ball
from transfer.losses import Gradient
from transfer.shapes import Images, Labels, Logits, Model, PerImage, Trace


def ensemble_adam(
    models: Sequence[Model],
    images: Images,
    labels: Labels,
    *,
    steps: int = 100,
    learning_rate: float = 4 / 255,
    distance_weight: float = 0.0,
    fuse: Literal["probabilities", "updates"] = "probabilities",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Optimisation-based ensemble attack: Adam on the mean probability of the answer, with no ball around the image.

    Liu et al. 2017, arXiv:1611.02770, sections 3 and 5: what is made small is distance_weight * rms - log(1 - p),
    where p is the networks' mean probability of the label; with goals, -log p of the goal. The defaults are those of
    its tables for one network. Those for several have `fuse: updates` and `learning_rate: 8/255`: an Adam for each
    network on its own probability, and the sum of their updates.

    Each step ends in the box. The authors' code clips only what the network sees, so that a pixel beyond the border
    has no gradient to come back by. Nothing stops an image early.
    """
    groups = [[model] for model in models] if fuse == "updates" else [list(models)]
    slopes = [slope_of(group, images, labels, goals, distance_weight) for group in groups]
    crafted = images.detach().clone()
    optimisers = [torch.optim.Adam([crafted], lr=learning_rate) for _ in groups]
    for step in range(1, steps + 1):
        gradients = [slope(crafted) for slope in slopes]
        for optimiser, gradient in zip(optimisers, gradients, strict=True):
            crafted.grad = gradient
            optimiser.step()
        crafted.clamp_(0.0, 1.0)
        if trace:
            trace(step, crafted)
    return crafted


def slope_of(
    models: Sequence[Model], clean: Images, labels: Labels, goals: Labels | None, distance_weight: float
) -> Gradient:
    """The gradient of what is to become small."""

    def slope(images: Images) -> Images:
        images = images.detach().requires_grad_()
        logits = mean_probabilities([model(images) for model in models])
        # The length, not the root of a mean: where nothing has moved yet it has a slope, and that is zero.
        rms = ball("l2").size(images - clean) / math.sqrt(clean[0].numel())
        total = (distance_weight * rms - log_wanted(logits, labels, goals)).sum()
        return torch.autograd.grad(total, images)[0].nan_to_num_(0.0, 0.0, 0.0)

    return slope


def log_wanted(logits: Logits, labels: Labels, goals: Labels | None) -> PerImage:
    """The logarithm of the probability of any class but the label; of the goal, where there is one."""
    found = logits.log_softmax(dim=1)
    if goals is None:
        # Summed over the others: 1 - p is zero in a float long before the others are.
        return found.scatter(1, labels[:, None], float("-inf")).logsumexp(dim=1)
    return found.gather(1, goals[:, None])[:, 0]
