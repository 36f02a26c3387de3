"""The one loop of the gradient attacks."""

from collections.abc import Callable

import torch
from torch import Tensor

from transfer.balls import ball, each
from transfer.losses import Gradient
from transfer.shapes import Images, Trace

# From where an iterate stands and the momentum so far, to where the next gradient is taken.
Look = Callable[[Images, Images], Images]
# From the direction to climb and the step size, to the step that is taken.
Move = Callable[[Images, Tensor], Images]


def ascend(
    gradient: Gradient,
    images: Images,
    *,
    norm: str,
    epsilon: float | Tensor,
    steps: int,
    step_size: float | Tensor,
    decay: float = 0.0,
    start: Images | None = None,
    look: Look | None = None,
    move: Move | None = None,
    trace: Trace | None = None,
) -> Images:
    """Steps along the steepest direction of `gradient`, back into the ball and the box after each.

    With `decay` above 0 the direction is that of the accumulated gradients, each scaled to mean absolute value 1
    (Dong et al. 2018, equation 6, up to a constant that no norm's direction depends on). `look` says where the next
    gradient is taken, if not where the iterate stands; `move` what step is taken, if not one of `step_size` along
    the steepest direction. The last iterate is returned, whatever it achieved: going on past the surrogate's boundary
    is what transfers.
    """
    around = ball(norm)
    radius, pace = each(epsilon, images), each(step_size, images)
    crafted = images if start is None else start
    momentum = torch.zeros_like(images)
    for step in range(1, steps + 1):
        direction = gradient(look(crafted, momentum) if look else crafted)
        if decay:
            direction = momentum = decay * momentum + leveled(direction)
        moved = crafted + (move(direction, pace) if move else pace * around.steepest(direction)) - images
        crafted = (images + around.project(moved, radius)).clamp(0.0, 1.0)
        if trace:
            trace(step, crafted)
    return crafted


def leveled(gradients: Images) -> Images:
    """Every image's gradient at mean absolute value 1, so that one as long as a step changes a pixel by a step."""
    # A gradient that is exactly zero stays zero; dividing by its size would poison what it is added to for ever.
    scale = gradients.abs().mean(dim=(1, 2, 3), keepdim=True)
    return gradients / scale.clamp_min(torch.finfo(gradients.dtype).tiny)


def nesterov(step_size: float | Tensor, decay: float) -> Look:
    """The next gradient is taken where the momentum alone would lead: Lin et al. 2020, arXiv:1908.06281, equation 6."""

    def look(crafted: Images, momentum: Images) -> Images:
        return crafted + decay * each(step_size, crafted) * momentum

    return look
