"""The parts of box-constrained L-BFGS over a batch in which nothing is shared but the model's passes."""

import math
from collections import deque
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.attacks._rows import Column, Free, Rows, Wanted
from transfer.shapes import Flags, Labels, Model, PerImage

FLAT = 0.02  # a step along which the curvature is below this share of the penalty's own teaches nothing
ROUNDING = 100  # in units of the last place of the largest logit: what another batch size may change


class Point(NamedTuple):
    """Pixels and what the model says there: the loss, its gradient, and by how much a wanted class leads."""

    pixels: Rows
    loss: PerImage
    gradient: Rows
    lead: PerImage

    def of(self, chosen: Flags) -> "Point":
        """The chosen images alone."""
        return Point(*(values[chosen] for values in self))

    def moved(self, moves: Flags, to: "Point") -> "Point":
        """The other point for the images that move."""
        return Point(
            torch.where(moves[:, None], to.pixels, self.pixels),
            torch.where(moves, to.loss, self.loss),
            torch.where(moves[:, None], to.gradient, self.gradient),
            torch.where(moves, to.lead, self.lead),
        )


def wanted_classes(classes: int, labels: Labels, goals: Labels | None) -> Wanted:
    """Which answers are a success: the goal, or every class but the label."""
    if goals is None:
        return ~F.one_hot(labels, classes).bool()
    return F.one_hot(goals, classes).bool()


def look(model: Model, shape: tuple[int, ...], pixels: Rows, wanted: Wanted) -> Point:
    """One pass of the model forth and back: -log of the probability that it answers with a wanted class.

    With one wanted class that is the cross entropy. A lead within rounding is none, so that a success is still one
    when the model is asked again in a batch of another size.
    """
    images = pixels.reshape(-1, *shape).detach().requires_grad_()
    logits: Tensor = model(images)
    among_wanted = logits.masked_fill(~wanted, -math.inf)
    loss = logits.logsumexp(dim=1) - among_wanted.logsumexp(dim=1)
    # A sum, not a mean: one image's gradient must not depend on who shares its batch.
    (gradient,) = torch.autograd.grad(loss.sum(), images)
    lead = among_wanted.amax(dim=1) - logits.masked_fill(wanted, -math.inf).amax(dim=1)
    doubt = ROUNDING * torch.finfo(logits.dtype).eps * logits.abs().amax(dim=1)
    return Point(pixels, loss.detach(), gradient.flatten(1), (lead - doubt).detach())


def free_pixels(pixels: Rows, gradient: Rows) -> Free:
    """The pixels that descent may move: neither at a bound nor pushed against it."""
    return ~((pixels <= 0) & (gradient > 0) | (pixels >= 1) & (gradient < 0))


class Pairs:
    """Each image's last steps and what they did to the gradient of its loss.

    Pairs hold the loss alone. The penalty c * |r|^2 is known exactly, adds 2c * step to the change, and is added on
    use: so pairs outlive a change of c, and 1 / 2c is the inverse curvature wherever no step has been taken.
    """

    def __init__(self, memory: int) -> None:
        self._pairs: deque[tuple[Rows, Rows]] = deque(maxlen=memory)

    def add(self, step: Rows, change: Rows) -> None:
        """One pair an image; the oldest is forgotten."""
        self._pairs.append((step, change))

    def keep(self, chosen: Flags) -> None:
        """Forget the images that have left the batch."""
        self._pairs = deque(((s[chosen], y[chosen]) for s, y in self._pairs), self._pairs.maxlen)

    def newton_step(self, gradient: Rows, free: Free, constant: PerImage) -> Rows:
        """Minus the inverse curvature times the gradient, by the two-loop recursion on the free pixels.

        Nocedal & Wright 2006, algorithm 7.4, an image at a time in one batch. A pair without enough positive
        curvature on the free pixels counts for nothing at this step.
        """
        penalty, mask = 2 * constant[:, None], free.to(gradient.dtype)
        step = -gradient * mask
        done = []
        for moved, change in reversed(self._pairs):
            moved = moved * mask
            change = torch.addcmul(change, penalty, moved).mul_(mask)
            curvature = _dot(moved, change)
            taught = curvature > FLAT * penalty * _dot(moved, moved)
            rho = torch.where(taught, 1 / curvature, 0.0)
            share = rho * _dot(moved, step)
            step = torch.addcmul(step, share, change, value=-1)
            done.append((moved, change, rho, share))
        step = step / penalty
        for moved, change, rho, share in reversed(done):
            step = torch.addcmul(step, share - rho * _dot(change, step), moved)
        return step


def _dot(left: Rows, right: Rows) -> Column:
    return torch.linalg.vecdot(left, right)[:, None]
