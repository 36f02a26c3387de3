"""How steep a network is around each image."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.losses import margin
from transfer.probes._batches import image_by_image, logits_of, pixel_gradient, unit_length
from transfer.shapes import Images, Labels, Measured, PerImage


def local_slopes(
    model: nn.Module,
    images: Images,
    labels: Labels,
    *,
    radius: float = 1.0,
    samples: int = 10,
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """Slopes measured at the images and around them, in the Euclidean norm: what a product of operator norms bounds.

    An image each: `margin`, the label's logit minus the best other; `slope`, the length of its gradient, so that
    margin / slope is the distance to the boundary of the network made linear; `jacobian`, the largest singular
    value of the derivative of all logits, the Lipschitz number at a point; `steepest`, the largest slope at the
    image and `samples` points drawn from the ball of `radius` around it, a lower bound on the margin's Lipschitz
    number there (Weng et al. 2018, arXiv:1801.10578). The margin moves at most by root two times the logits.
    """

    def look(positions: Tensor) -> dict[str, Tensor]:
        clean, own, drawn = images[positions], labels[positions], draws.of(positions)
        lead: PerImage = -margin(logits_of(model, clean, batch), own)
        slope = unit_length(pixel_gradient(model, clean, own, "margin"))[1]
        steepest = slope
        for _ in range(samples):
            direction = unit_length(drawn.normal(*clean.shape[1:]).to(clean))[0]
            away = radius * drawn.uniform().to(clean) ** (1 / clean[0].numel())
            around = clean + away.reshape(-1, 1, 1, 1) * direction
            steepest = torch.maximum(steepest, unit_length(pixel_gradient(model, around, own, "margin"))[1])
        return {"margin": lead, "slope": slope, "steepest": steepest, "jacobian": _jacobian(model, clean)}

    yield from image_by_image(look, len(images), batch)


def _jacobian(model: nn.Module, images: Images) -> PerImage:
    """The largest singular value of the derivative of the logits at each image, one gradient a class."""
    pixels = images.detach().requires_grad_()
    logits: Tensor = model(pixels)
    classes = logits.sum(dim=0).unbind()
    rows = [torch.autograd.grad(one, pixels, retain_graph=True)[0].flatten(1) for one in classes]
    derivative = torch.stack(rows, dim=1).double()
    return torch.linalg.eigvalsh(derivative @ derivative.mT)[:, -1].clamp_min(0).sqrt()
