"""Stochastic gradient descent."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.recipes._augment import augmentation
from transfer.recipes._fit import Batch, descent, fit
from transfer.shapes import Labels, Pixels, Progress


def sgd(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    epochs: int = 10,
    batch: int = 128,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float | tuple[float, ...] = 0.0,
    penalty: Literal["l2", "l2_per_unit"] = "l2",
    schedule: Literal["cosine", "constant"] = "cosine",
    label_smoothing: float = 0.0,
    crop_padding: int = 0,
    flip: bool = False,
    trace: Progress | None = None,
) -> nn.Module:
    """Stochastic gradient descent with momentum on the cross entropy, with a cosine schedule.

    `label_smoothing` of the probability is asked for evenly of all classes: Szegedy et al. 2016, arXiv:1512.00567,
    section 7. `crop_padding` and `flip` show each image shifted and mirrored at random.
    """

    def loss(module: nn.Module, batch: Batch) -> Tensor:
        return F.cross_entropy(module(batch.images), batch.labels, label_smoothing=label_smoothing)

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
        loss=loss,
        see=augmentation(crop_padding, flip),
        trace=trace,
    )
