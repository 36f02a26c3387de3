"""Whether two networks are steepest in the same direction."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn

from transfer.probes._batches import image_by_image, pixel_gradient, unit_length
from transfer.shapes import Images, Labels, Measured


def gradient_alignment(
    model: nn.Module,
    other: nn.Module,
    images: Images,
    labels: Labels,
    *,
    loss: Literal["cross_entropy", "logit", "margin"] = "cross_entropy",
    batch: int = 250,
) -> Iterator[Measured]:
    """The cosine of the angle between two networks' gradients of each image's loss.

    Demontis et al. 2019, arXiv:1809.02861 (R). An image each: `cosine`, none where a gradient is zero or not
    finite; `sign_agreement`, the share of pixels in which both gradients have the same sign, which is what a
    perturbation in linf takes of them (a pixel that neither depends on counts for neither).
    """

    def look(positions: Tensor) -> dict[str, Tensor]:
        asked = images[positions], labels[positions]
        one, two = (unit_length(pixel_gradient(network, *asked, loss))[0].flatten(1) for network in (model, other))
        cosine = (one * two).sum(dim=1).clamp(-1, 1)
        is_flat = ~(one.any(dim=1) & two.any(dim=1))
        is_seen = (one != 0) | (two != 0)
        agreement = ((one.sign() == two.sign()) & is_seen).sum(dim=1) / is_seen.sum(dim=1)
        missing = torch.full_like(cosine, torch.nan)
        return {
            "cosine": torch.where(is_flat, missing, cosine),
            "sign_agreement": torch.where(is_flat, missing, agreement.to(cosine)),
        }

    yield from image_by_image(look, len(images), batch)
