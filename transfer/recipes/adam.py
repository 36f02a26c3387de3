"""Adam."""

from typing import Literal

import torch
from torch import nn

from transfer.draws import Draws
from transfer.recipes._fit import decayed, fit
from transfer.shapes import Labels, Pixels, Progress


def adam(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    epochs: int = 10,
    batch: int = 128,
    learning_rate: float = 0.001,
    weight_decay: float | tuple[float, ...] = 0.0,
    penalty: Literal["l2", "l2_per_unit"] = "l2",
    schedule: Literal["cosine", "constant"] = "cosine",
    trace: Progress | None = None,
) -> nn.Module:
    """Adam on the cross entropy: Kingma & Ba 2015, arXiv:1412.6980, with a cosine schedule."""
    groups = decayed(module, weight_decay, penalty)
    optimiser = torch.optim.Adam(groups, lr=learning_rate, fused=True)
    return fit(
        module,
        images,
        labels,
        draws=draws,
        optimiser=optimiser,
        epochs=epochs,
        batch=batch,
        schedule=schedule,
        trace=trace,
    )
