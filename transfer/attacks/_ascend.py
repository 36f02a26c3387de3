"""The one loop of the gradient attacks."""

from collections.abc import Callable

import torch
from torch import Tensor

from transfer.balls import ball, each
from transfer.losses import Gradient
from transfer.shapes import Images, Trace

# From where an iterate stands and the momentum so far, to where the next gradient is taken.
Look = Callable[[Images, Images], Images]


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
    trace: Trace | None = None,
) -> Images:
    """Steps along the steepest direction of `gradient`, back into the ball and the box after each.

    With `decay` above 0 the direction is that of the accumulated gradients, each scaled to mean absolute value 1
    (Dong et al. 2018, equation 6, up to a constant that no norm's direction depends on). `look` says where the next
    gradient is taken, if not where the iterate stands. The last iterate is returned, whatever it achieved: going on
    past the surrogate's boundary is what transfers.
    """
    around = ball(norm)
    radius, pace = each(epsilon, images), each(step_size, images)
    crafted = images if start is None else start
    momentum = torch.zeros_like(images)
    for step in range(1, steps + 1):
        direction = gradient(look(crafted, momentum) if look else crafted)
        if decay:
            # A gradient that is exactly zero adds nothing; dividing by its size would poison the sum for ever.
            scale = direction.abs().mean(dim=(1, 2, 3), keepdim=True).clamp_min(torch.finfo(images.dtype).tiny)
            momentum = decay * momentum + direction / scale
            direction = momentum
        moved = crafted + pace * around.steepest(direction) - images
        crafted = (images + around.project(moved, radius)).clamp(0.0, 1.0)
        if trace:
            trace(step, crafted)
    return crafted
