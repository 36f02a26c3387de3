"""Whether two networks are fooled by the same perturbation."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from transfer.attacks.pgd import pgd
from transfer.draws import Draws
from transfer.probes._batches import image_by_image, unit_length
from transfer.shapes import Images, Labels, Measured


def perturbation_alignment(
    model: nn.Module,
    other: nn.Module,
    images: Images,
    labels: Labels,
    *,
    epsilon: float = 5.0,
    steps: int = 40,
    loss: Literal["cross_entropy", "logit", "margin"] = "margin",
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """How alike the perturbations are that fool each of two networks, made by gradient steps in a ball of l2.

    Demontis et al. 2019, arXiv:1809.02861, hold it against the alignment of gradients. An image each: `correlation`,
    Pearson's over the pixels of both perturbations, and `cosine`, none where a network has nothing to follow. The
    attack is `pgd` from the image itself, within `epsilon`.
    """

    def look(positions: Tensor) -> dict[str, Tensor]:
        clean, own, drawn = images[positions], labels[positions], draws.of(positions)
        one, two = (
            pgd(
                network, clean, own, epsilon=epsilon, norm="l2", steps=steps, random_start=False, loss=loss, draws=drawn
            )
            - clean
            for network in (model, other)
        )
        is_flat = ~(one.flatten(1).any(dim=1) & two.flatten(1).any(dim=1))
        centred = (away - away.mean(dim=(1, 2, 3), keepdim=True) for away in (one, two))
        values = {"cosine": _cosine(one, two), "correlation": _cosine(*centred)}
        return {name: torch.where(is_flat, torch.nan, value) for name, value in values.items()}

    yield from image_by_image(look, len(images), batch)


def _cosine(one: Images, two: Images) -> Tensor:
    ours, theirs = (unit_length(away)[0].flatten(1) for away in (one, two))
    return (ours * theirs).sum(dim=1).clamp(-1, 1)
