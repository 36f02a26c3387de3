"""Adversarial training."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.recipes._augment import augmentation
from transfer.recipes._fit import Batch, descent, fit, plain_loss
from transfer.shapes import Attack, Labels, Pixels, Progress


def adversarial(
    module: nn.Module,
    images: Pixels,
    labels: Labels,
    *,
    draws: Draws,
    attack: Attack,
    clean_share: float = 0.5,
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
    """Adversarial training: the loss on examples that an attack makes anew of every batch, beside that on the batch.

    With `fgsm` the objective a J(x) + (1 - a) J(x_adv) of Goodfellow et al. 2015, arXiv:1412.6572, section 6, where
    a = `clean_share`; with `pgd` and a `clean_share` of 0 the training of Madry et al. 2018, arXiv:1706.06083. Both
    halves pass by themselves, each with the batch statistics of its own.
    """

    def loss(module: nn.Module, batch: Batch) -> Tensor:
        crafted = attack(module, batch.images, batch.labels, batch.draws)
        robust = F.cross_entropy(module(crafted), batch.labels)
        if not clean_share:
            return robust
        return clean_share * plain_loss(module, batch) + (1 - clean_share) * robust

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
