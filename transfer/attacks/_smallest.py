"""What the attacks for the smallest distortion share: what they ask of the model, and what they keep."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from transfer.attacks._lbfgs import ROUNDING
from transfer.balls import ball
from transfer.losses import is_flat, loss_named, margin
from transfer.shapes import Flags, Found, Images, Labels, Logits, Model, PerImage


class Seen(NamedTuple):
    """The model's answer to each image: how far the wanted one leads, the loss that is climbed, and its gradient."""

    lead: PerImage
    loss: PerImage
    gradient: Images


def see(model: Model, images: Images, labels: Labels, goals: Labels | None, loss: str) -> Seen:
    """One pass of the model forth and back."""
    images = images.detach().requires_grad_()
    logits: Tensor = model(images)
    climbed = loss_named(loss)(logits, labels, goals)
    # A sum, not a mean: one image's gradient must not depend on who shares its batch.
    (gradient,) = torch.autograd.grad(climbed.sum(), images)
    return Seen(lead(logits.detach(), labels, goals), climbed.detach(), gradient)


def lead(logits: Logits, labels: Labels, goals: Labels | None) -> PerImage:
    """How far the wanted answer leads; a lead within rounding is none, as another batch size may undo it."""
    return margin(logits, labels, goals) - doubt(logits)


def doubt(logits: Logits) -> PerImage:
    """By how much a difference of logits may change in a batch of another size."""
    return ROUNDING * torch.finfo(logits.dtype).eps * logits.abs().amax(dim=1)


class Smallest:
    """Of every image the smallest success so far and, while there is none, the last iterate.

    The images still under attack are rows of what they were: an attack offers iterates with the rows they belong to.
    """

    def __init__(self, images: Images, norm: str = "l2") -> None:
        self.clean, self.images, self._size = images, images.clone(), ball(norm).size
        count = len(images)
        self.size: PerImage = torch.full((count,), math.inf, dtype=images.dtype, device=images.device)
        self.constant: PerImage = torch.full_like(self.size, math.nan)
        self.gradients: Tensor = torch.zeros(count, dtype=torch.long, device=images.device)
        self.flat: Tensor = torch.zeros_like(self.gradients)

    def unfooled(self, model: Model, labels: Labels, goals: Labels | None, confidence: float = 0.0) -> Tensor:
        """The rows that need an attack; the others are found as they are."""
        with torch.no_grad():
            is_there = lead(model(self.clean), labels, goals) > confidence
        self.size[is_there] = 0.0
        return (~is_there).nonzero()[:, 0]

    def offer(self, rows: Tensor, iterates: Images, is_there: Flags, constant: PerImage | None = None) -> Flags:
        """Keeps what is a success and smaller than what there was; returns of which images it was."""
        size = self._size(iterates - self.clean[rows])
        better = is_there & (size < self.size[rows])
        taken = better | ~self.size[rows].isfinite()
        self.images[rows[taken]] = iterates[taken]
        self.size[rows[better]] = size[better]
        if constant is not None:
            self.constant[rows[taken]] = constant[taken]
        return better

    def spent(self, rows: Tensor, gradients: Images) -> Images:
        """Counts gradients, a row as often as it comes; returns them with zeros where they are not finite."""
        self.gradients.index_add_(0, rows, torch.ones_like(rows))
        self.flat.index_add_(0, rows, is_flat(gradients).long())
        return gradients.nan_to_num(0.0, 0.0, 0.0)

    def found(self) -> Found:
        """What an attack returns."""
        return Found(self.images, self.size.isfinite(), self.gradients, self.constant, self.flat)


def of(rows: Tensor, *tensors: Tensor | None) -> tuple[Any, ...]:
    """The chosen rows of tensors, of which some may be missing."""
    return tuple(None if tensor is None else tensor[rows] for tensor in tensors)


def cosine(step: int, steps: int, first: float, last: float) -> float:
    """From first to last along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * step / steps)) / 2
