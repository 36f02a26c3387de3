"""Whether noise that is made to look like a class to one network looks so to another."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import nn

from transfer.balls import ball
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.probes._noise import noise, per_class, said
from transfer.shapes import Images, Labels, Measured


def rubbish_transfer(
    model: nn.Module,
    other: nn.Module,
    shape: tuple[int, int, int],
    classes: int,
    *,
    kind: Literal["gaussian", "uniform"] = "gaussian",
    samples: int = 100,
    epsilon: float = 0.25,
    steps: int = 1,
    threshold: float = 0.5,
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """Fooling images: noise moved toward each class by signs of the model's gradient, and then shown to another.

    Goodfellow et al. 2015, arXiv:1412.6572, appendix A (one step); Nguyen et al. 2015, arXiv:1412.1897, for many.
    Each of `samples` is moved toward every class, in linf by `epsilon` in all; even noise stays in [0, 1]. A class
    each (its number as unit), `samples` a class: `fooled`, the model gives the class and is surer of it than
    `threshold`; `shared`, the other network does too; `other`, it does, whatever the model says; `before` and
    `other_before`, the same of the noise as it was. `agreed` is how many of `fooled` the other gives the same
    class, sure or not.
    """
    plain = noise(kind, shape, samples, model, draws)
    clean = plain.repeat_interleave(classes, dim=0)
    goals = torch.arange(classes).repeat(samples)
    size = epsilon / max(1, steps)
    crafted = torch.cat(
        [
            _toward(model, images, goal, size, steps, is_boxed=kind == "uniform")
            for images, goal in zip(clean.split(batch), goals.split(batch), strict=True)
        ]
    )
    answers = {
        name: said(network, images, batch)
        for name, network, images in (
            ("fooled", model, crafted),
            ("other", other, crafted),
            ("before", model, clean),
            ("other_before", other, clean),
        )
    }
    is_goal = {name: (one.classes == goals) & one.is_sure(threshold) for name, one in answers.items()}
    is_goal["shared"] = is_goal["fooled"] & is_goal["other"]
    is_goal["agreed"] = is_goal["fooled"] & (answers["other"].classes == goals)
    yield Measured("samples", float(samples))
    for name, chosen in is_goal.items():
        yield Measured(name, per_class(goals[chosen], classes), units=torch.arange(classes))


def _toward(model: nn.Module, images: Images, goals: Labels, size: float, steps: int, *, is_boxed: bool) -> Images:
    """Steps along the sign of the gradient toward the goals."""
    gradient = loss_gradient(model, goals, goals=goals)
    for _ in range(steps):
        images = images + size * ball("linf").steepest(gradient(images))
        images = images.clamp(0.0, 1.0) if is_boxed else images
    return images
