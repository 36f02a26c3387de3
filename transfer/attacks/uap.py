"""Universal adversarial perturbation."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.balls import ball
from transfer.draws import Draws
from transfer.shapes import Images, Model, Pool


def uap(
    model: Model,
    pool: Pool,
    *,
    epsilon: float,
    norm: Literal["linf", "l2", "rms"] = "linf",
    epochs: int = 10,
    minibatch: int = 20,
    relative_step: float = 0.1,
    most_loss: float = 9.0,
    draws: Draws,
) -> Images:
    """Universal perturbation: one for all images, climbing the sum of their losses a minibatch at a time.

    Moosavi-Dezfooli et al. 2017, arXiv:1610.08401, define it; found here as in Shafahi et al. 2018, arXiv:1811.11304,
    algorithm 1: cross entropies are cut at `most_loss`, so that an image that is fooled for certain counts no more, and
    a step of `relative_step` epsilon follows the norm's steepest direction. What the box takes from a pixel of an image
    does not count toward its gradient. It is made once, of all images of the craft, and is the same for each of them;
    minibatches are small because a craft has hundreds of images where the papers have thousands.
    """
    around = ball(norm)
    pictures: Tensor = pool.images
    labels: Tensor = pool.labels
    perturbation, radius = torch.zeros_like(pictures[:1]), torch.full_like(pictures[:1, :1, :1, :1], epsilon)
    for _ in range(epochs):
        for chosen in draws.order().to(pictures.device).split(minibatch):
            universal = perturbation.detach().requires_grad_()
            logits: Tensor = model((pictures[chosen] + universal).clamp(0.0, 1.0))
            losses = F.cross_entropy(logits, labels[chosen], reduction="none").clamp_max(most_loss)
            (gradient,) = torch.autograd.grad(losses.sum(), universal)
            step = relative_step * radius * around.steepest(gradient.nan_to_num(0.0, 0.0, 0.0))
            perturbation = around.project(perturbation + step, radius)
    return perturbation
