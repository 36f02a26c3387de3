"""The boundaries that a model made linear has around an image, and the way to the nearest of them."""

import math

import torch
from torch import Tensor

from transfer.attacks._box import length
from transfer.attacks._rows import Rows
from transfer.attacks._smallest import Smallest, doubt
from transfer.balls import TINY
from transfer.shapes import Flags, Images, Labels, Logits, Model, PerImage

FAR = 2.0  # a class that is so many times as far as the nearest, by its last slope, is not looked at again
BEYOND = 1e-4  # of the clean gap: how far a step aims beyond the boundary, which steps cut by clipping never reach


class Boundaries:
    """For each image the classes likeliest beside its label, and how steeply each last gained on it."""

    def __init__(self, logits: Logits, labels: Labels, candidates: int) -> None:
        if candidates < 2:
            raise ValueError(f"the boundary to another class takes at least 2 candidates, found {candidates}")
        others = logits.scatter(1, labels[:, None], -math.inf)
        self.rivals: Tensor = others.topk(min(candidates, logits.shape[1]) - 1, dim=1).indices
        self.slopes: Tensor = torch.full_like(self.rivals, math.nan, dtype=logits.dtype)
        self.beyond: PerImage = BEYOND * (logits.gather(1, labels[:, None])[:, 0] - others.amax(dim=1))

    def keep(self, chosen: Flags) -> None:
        """Forget the images that have left the batch."""
        self.rivals, self.slopes, self.beyond = self.rivals[chosen], self.slopes[chosen], self.beyond[chosen]

    def step(self, model: Model, kept: Smallest, rows: Tensor, images: Images, labels: Labels, logits: Logits) -> Rows:
        """The shortest step that crosses a boundary, of all that may be the nearest.

        A class costs a gradient each time it is looked at. One that is not keeps the slope it had.
        """
        leads = logits.gather(1, labels[:, None]) - logits.gather(1, self.rivals)
        gaps = leads + (2 * doubt(logits) + self.beyond)[:, None]
        distances = gaps / self.slopes
        # What has no slope yet is NaN, which is not greater.
        asked = ~(distances > FAR * distances.amin(dim=1, keepdim=True))
        image, rival = asked.nonzero(as_tuple=True)
        # As many rows at a time as there are images in the batch: that much memory there was.
        parts = torch.arange(len(image), device=image.device).split(len(kept.clean))
        classes = [(image[part], labels[image[part]], self.rivals[image[part], rival[part]]) for part in parts]
        gradients = torch.cat([_slope(model, images[pair], own, other) for pair, own, other in classes])
        gradients = kept.spent(rows[image], gradients).flatten(1)
        self.slopes[asked] = length(gradients).clamp_min(TINY)
        distances = torch.where(asked, gaps / self.slopes, math.inf)
        number = torch.zeros_like(self.rivals)
        number[asked] = torch.arange(len(image), device=image.device)
        distance, nearest = distances.min(dim=1, keepdim=True)
        direction = gradients[number.gather(1, nearest)[:, 0]] / self.slopes.gather(1, nearest)
        # Nothing in the box is further away than its diagonal.
        return direction * distance.clamp_max(math.sqrt(direction.shape[1]))


def _slope(model: Model, images: Images, own: Labels, other: Labels) -> Images:
    """The gradient of the other class's lead over the own."""
    images = images.detach().requires_grad_()
    logits: Tensor = model(images)
    difference = logits.gather(1, other[:, None]) - logits.gather(1, own[:, None])
    return torch.autograd.grad(difference.sum(), images)[0]
