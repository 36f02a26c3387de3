"""Sharpness-aware minimisation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn

from transfer.balls import TINY
from transfer.draws import Draws
from transfer.recipes._augment import augmentation
from transfer.recipes._fit import Slope, descent, fit, plain_slope
from transfer.shapes import Labels, Pixels, Progress


def sam(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    rho: float = 0.05,
    epochs: int = 10,
    batch: int = 128,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float | tuple[float, ...] = 0.0,
    penalty: Literal["l2", "l2_per_unit"] = "l2",
    schedule: Literal["cosine", "constant"] = "cosine",
    crop_padding: int = 0,
    flip: bool = False,
    trace: Progress | None = None,
) -> nn.Module:
    """Sharpness-aware minimisation: down the gradient of where the loss is largest within `rho` of the weights.

    Foret et al. 2021, arXiv:2010.01412, algorithm 1, with p = 2. Two gradients a step: it takes twice as long as sgd.
    """
    return fit(
        module,
        images,
        labels,
        draws=draws,
        optimiser=descent(
            module, learning_rate=learning_rate, momentum=momentum, weight_decay=weight_decay, penalty=penalty
        ),
        epochs=epochs,
        batch=batch,
        schedule=schedule,
        see=augmentation(crop_padding, flip),
        slope=sharpest(module, rho),
        trace=trace,
    )


def sharpest(module: nn.Module, rho: float) -> Slope:
    """The gradient at the point to which the gradient leads within `rho`, to first order the worst one."""

    def slope(measure: Callable[[], Tensor]) -> Tensor:
        loss = plain_slope(measure)
        moved = [(one, one.grad, one.detach().clone()) for one in module.parameters() if one.grad is not None]
        length = torch.stack([gradient.norm() for _, gradient, _ in moved]).norm()
        with torch.no_grad():
            for parameter, gradient, _ in moved:
                parameter.add_(gradient * (rho / length.clamp_min(TINY)))
                parameter.grad = None
        with without_statistics(module):
            plain_slope(measure)
        with torch.no_grad():
            for parameter, _, stood in moved:
                # Put back, not subtracted: the step starts exactly where the network stood.
                parameter.copy_(stood)
        return loss

    return slope


@contextmanager
def without_statistics(module: nn.Module) -> Iterator[None]:
    """Batch normalisation that learns nothing from a pass, which is not where the network stands."""
    norms = [part for part in module.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    tracking = [part.track_running_stats for part in norms]
    try:
        for part in norms:
            part.track_running_stats = False
        yield
    finally:
        for part, was in zip(norms, tracking, strict=True):
            part.track_running_stats = was
