"""How large a network's input gradients are."""

from collections.abc import Iterator
from typing import Literal

from torch import Tensor, nn

from transfer.probes._batches import image_by_image, pixel_gradient
from transfer.shapes import Images, Labels, Measured


def gradient_size(
    model: nn.Module,
    images: Images,
    labels: Labels,
    *,
    loss: Literal["cross_entropy", "logit", "margin"] = "cross_entropy",
    batch: int = 250,
) -> Iterator[Measured]:
    """The size of the gradient of each image's loss: how much a small perturbation can raise it.

    Demontis et al. 2019, arXiv:1809.02861 (S). An image each: `l1`, `l2` and `linf`, the norms of the gradient.
    What a budget in linf can gain is the l1 norm, in l2 the l2 norm.
    """

    def look(positions: Tensor) -> dict[str, Tensor]:
        gradients = pixel_gradient(model, images[positions], labels[positions], loss).flatten(1)
        return {"l1": gradients.norm(1, dim=1), "l2": gradients.norm(dim=1), "linf": gradients.abs().amax(dim=1)}

    yield from image_by_image(look, len(images), batch)
