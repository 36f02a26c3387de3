"""How many orthogonal directions fool a network, and how many of them another one too."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from transfer.balls import TINY
from transfer.draws import Draws
from transfer.probes._batches import for_all, image_by_image, is_right, logits_of, pixel_gradient, unit_length
from transfer.probes._rays import first_wrong
from transfer.shapes import Images, Labels, Measured

FOOLED = ("model", "both", "model in box", "both in box")


def gaas(
    model: nn.Module,
    other: nn.Module,
    images: Images,
    labels: Labels,
    *,
    epsilon: float = 5.0,
    most: int = 200,
    steps: int = 50,
    loss: Literal["cross_entropy", "logit", "margin"] = "cross_entropy",
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """Gradient aligned adversarial subspace: orthogonal perturbations that all gain as much of the model's loss.

    Tramèr et al. 2017, arXiv:1704.03453: where a step along the gradient g fools after a length d, k orthonormal
    r_i with r_i'g = |g| / sqrt(k) each gain as much with a step of `epsilon`, as long as k is at most (epsilon /
    d)^2. An image each that both networks classify right: `smallest`, d (none beyond epsilon); `dimensions`, k, at
    most `most`; `model` and `both`, how many of the k steps fool the model, and both networks; `model in box` and
    `both in box`, the same of what is left of the steps when pixels are clipped to [0, 1].

    That leaves open which r_i: here they are random directions, the same for all images, turned by a reflection
    that brings their sum to the gradient. `both_right` is how many images were asked.
    """
    is_asked = is_right(model, images, labels, batch) & is_right(other, images, labels, batch)
    yield Measured("both_right", float(is_asked.sum()))
    pixels = images[0].numel()
    normal = for_all(draws, "gaas").normal(pixels, min(most, pixels))[0]
    basis = torch.linalg.qr(normal)[0].T.to(images)

    def look(positions: Tensor) -> dict[str, Tensor]:
        clean, own = images[positions], labels[positions]
        uphill = unit_length(pixel_gradient(model, clean, own, loss))[0]
        smallest = first_wrong(model, clean, own, uphill, reach=epsilon, steps=steps)
        smallest = torch.where(is_asked[positions], smallest, torch.nan)
        dimensions = ((epsilon / smallest) ** 2).nan_to_num(0).long().clamp_max(len(basis))
        counts = torch.zeros(4, len(clean), dtype=torch.long, device=images.device)
        for index in range(int(dimensions.amax())):
            chosen = (dimensions > index).nonzero()[:, 0]
            step = epsilon * _turned(basis, index, dimensions[chosen], uphill[chosen])
            counts[:, chosen] += _fooled((model, other), clean[chosen], own[chosen], step)
        found = dict(zip(("dimensions", *FOOLED), (dimensions, *counts), strict=True))
        asked = {name: torch.where(is_asked[positions], values.double(), torch.nan) for name, values in found.items()}
        return {"smallest": smallest, **asked}

    yield from image_by_image(look, len(images), batch)


def _turned(basis: Tensor, index: int, dimensions: Tensor, uphill: Images) -> Images:
    """One of the basis for each image, reflected so that the first `dimensions` of them share the way uphill."""
    sums = basis.cumsum(dim=0)[dimensions - 1] / dimensions.to(basis).sqrt()[:, None]
    mirror = sums - uphill.flatten(1)
    share = (mirror @ basis[index]) / mirror.square().sum(dim=1).clamp_min(TINY)
    return (basis[index] - 2 * share[:, None] * mirror).view_as(uphill)


def _fooled(networks: tuple[nn.Module, nn.Module], clean: Images, labels: Labels, step: Images) -> Tensor:
    """Whether the step fools the first network, and both; and whether what the box leaves of it does."""
    rows = []
    for moved in (clean + step, (clean + step).clamp(0.0, 1.0)):
        ours, theirs = (logits_of(network, moved, len(moved)).argmax(dim=1) != labels for network in networks)
        rows += [ours, ours & theirs]
    return torch.stack(rows).long()
