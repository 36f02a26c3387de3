"""Nearest neighbours."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.architectures._fitted import Fitted, squared_distances
from transfer.shapes import Labels, Logits, Pixels

LEAD = 0.125  # by which the neighbours' choice leads where the smoothed answer is another


class Neighbours(Fitted):
    """Training images that vote; a smoothed vote of all of them has the gradient that the votes lack."""

    reference: Tensor  # bytes, in the order of their classes
    counts: Tensor  # of each class
    temperature: Tensor

    def __init__(self, shape: tuple[int, int, int], classes: int, neighbours: int, temperature: float) -> None:
        super().__init__(shape, classes)
        self.neighbours = neighbours
        reference = torch.randint(256, (neighbours * classes, self.pixels), dtype=torch.uint8)
        self.hold(reference=reference, counts=torch.full((classes,), neighbours), temperature=torch.tensor(temperature))

    def fit(self, images: Pixels, labels: Labels, seed: int) -> None:
        order = labels.argsort(stable=True)
        self.hold(reference=images.flatten(1)[order], counts=labels.bincount(minlength=self.classes))

    def forward(self, images: Tensor) -> Tensor:
        squares = squared_distances(images, self.reference)
        own = (-squares / self.temperature).split(self.counts.tolist(), dim=1)
        smoothed = torch.stack([part.logsumexp(dim=1) for part in own], dim=1)
        return smoothed + lift(smoothed.detach(), self.votes(squares.detach()))

    def votes(self, squares: Tensor) -> Labels:
        """The class of most of the nearest images; of several the one whose nearest is nearest."""
        nearest = squares.topk(min(self.neighbours, squares.shape[1]), dim=1, largest=False).indices
        classes = torch.arange(self.classes, device=squares.device).repeat_interleave(self.counts)[nearest]
        votes = F.one_hot(classes, self.classes)
        first = votes.argmax(dim=1)  # the rank of the nearest image of each class
        return (votes.sum(dim=1) * self.neighbours - first).argmax(dim=1)


def lift(logits: Logits, chosen: Labels) -> Logits:
    """What is to be added for the chosen class to be the largest; nothing where it is."""
    own = logits.gather(1, chosen[:, None])
    others = logits.scatter(1, chosen[:, None], float("-inf")).amax(dim=1, keepdim=True)
    needed = torch.where(own > others, 0.0, others - own + LEAD)
    return torch.zeros_like(logits).scatter(1, chosen[:, None], needed)


def knn(shape: tuple[int, int, int], classes: int, *, neighbours: int = 5, temperature: float = 1.0) -> nn.Module:
    """k nearest neighbours by Euclidean distance: the images of its split are the model.

    What it predicts is the vote of the nearest `neighbours`; of equal votes the class of the nearest image. Votes have
    no gradient, so that its logits are those of the smoothed vote of Papernot et al. 2016, arXiv:1605.07277, softmax
    over all negative squared distances by `temperature`, raised for the class of the vote where that is another.
    """
    return Neighbours(shape, classes, neighbours, temperature)
