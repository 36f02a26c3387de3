"""How far the boundaries of two networks are, and how far apart."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.probes._batches import image_by_image, is_right, pixel_gradient, unit_length
from transfer.probes._rays import first_wrong
from transfer.shapes import Images, Labels, Measured


def boundary_distance(
    model: nn.Module,
    other: nn.Module,
    images: Images,
    labels: Labels,
    *,
    reach: float = 10.0,
    steps: int = 100,
    loss: Literal["cross_entropy", "logit", "margin"] = "cross_entropy",
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """The distance from each image to the boundaries of two networks, along directions of three kinds.

    Tramèr et al. 2017, arXiv:1704.03453: `legitimate`, to the nearest image of another class; `adversarial`, along
    the model's gradient; `random`, drawn evenly. An image each that both classify right: `KIND model` and `KIND
    other`, the Euclidean length at which each is first wrong (a scan in `steps` up to `reach`, then bisection; none
    where it is right throughout), and `KIND between`, how far these two are apart. `both_right` is how many images
    were asked. The ray may leave the box.
    """
    is_asked = is_right(model, images, labels, batch) & is_right(other, images, labels, batch)
    yield Measured("both_right", float(is_asked.sum()))

    def look(positions: Tensor) -> dict[str, Tensor]:
        clean, own = images[positions], labels[positions]
        directions = {
            "legitimate": _to_other_class(clean, own, images, labels),
            "adversarial": pixel_gradient(model, clean, own, loss),
            "random": draws.of(positions).normal(*clean.shape[1:]).to(clean),
        }
        found: dict[str, Tensor] = {}
        for kind, direction in directions.items():
            along = unit_length(direction)[0]
            ours, theirs = (
                first_wrong(network, clean, own, along, reach=reach, steps=steps) for network in (model, other)
            )
            found |= {f"{kind} model": ours, f"{kind} other": theirs, f"{kind} between": (ours - theirs).abs()}
        return {name: torch.where(is_asked[positions], values, torch.nan) for name, values in found.items()}

    yield from image_by_image(look, len(images), batch)


def _to_other_class(clean: Images, own: Labels, pool: Tensor, classes: Tensor) -> Images:
    """The way to the nearest image of another class in a pool; none where there is no such image."""
    distances = torch.cdist(clean.flatten(1), pool.flatten(1))
    distances = distances.masked_fill(own[:, None] == classes[None, :], torch.inf)
    nearest, place = distances.min(dim=1)
    return torch.where(nearest.isfinite().reshape(-1, 1, 1, 1), pool[place] - clean, 0.0)
