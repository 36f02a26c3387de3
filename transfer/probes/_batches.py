"""What probes share: a batch at a time, a line of values an image, and draws that all images have in common."""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.losses import LOSSES, margin
from transfer.shapes import Flags, Images, Labels, Logits, Measured, Model, PerImage

# The positions of a batch of images to values under their names, one an image; NaN where there is none.
Look = Callable[[Tensor], Mapping[str, Tensor]]


def image_by_image(look: Look, count: int, batch: int) -> Iterator[Measured]:
    """A value an image under each name that `look` gives; an image without a value has no row."""
    for positions in torch.arange(count).split(batch):
        for name, values in look(positions).items():
            is_known = ~values.isnan().cpu()
            yield Measured(name, values.detach().cpu()[is_known], images=positions[is_known])


def logits_of(model: Model, images: Images, batch: int) -> Logits:
    """The logits for images, a batch at a time and without a gradient."""
    with torch.no_grad():
        return torch.cat([model(part) for part in images.split(batch)])


def is_right(model: Model, images: Images, labels: Labels, batch: int) -> Flags:
    """Which images the model classifies right: ahead of every other class, so that a tie is wrong."""
    lead: Tensor = margin(logits_of(model, images, batch), labels)
    return lead < 0


def pixel_gradient(model: Model, images: Images, labels: Labels, loss: str) -> Images:
    """The gradient of each image's loss at its pixels. Raises ValueError where the network has none."""
    pixels = images.detach().requires_grad_()
    with torch.enable_grad():
        total = LOSSES[loss](model(pixels), labels, None).sum()
        if not total.requires_grad:
            raise ValueError("this network has no gradient, and the probe follows it; name the networks that have one")
        return torch.autograd.grad(total, pixels)[0]


def unit_length(directions: Images) -> tuple[Images, PerImage]:
    """Directions of Euclidean length 1, and how long they were; a direction of length 0 stays so."""
    lengths = directions.flatten(1).norm(dim=1)
    return directions / torch.where(lengths > 0, lengths, 1.0).reshape(-1, 1, 1, 1), lengths


def for_all(draws: Draws, name: str) -> Draws:
    """One stream of draws for what all images have in common: that of the first image, told apart by a name."""
    return draws.of(torch.tensor([0])).apart(name)


def dtype_of(model: nn.Module) -> torch.dtype:
    """The type of the pixels that a network takes."""
    return next((weights.dtype for weights in model.parameters()), torch.float32)
