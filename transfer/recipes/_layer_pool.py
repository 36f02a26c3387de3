"""Adversarial examples at the output of one layer, of which some are always new."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.recipes._adversary import attacked
from transfer.recipes._chain import cut
from transfer.recipes._fit import Batch
from transfer.shapes import Attack


class LayerPool:
    """Adversarial examples at the output of one layer, with the labels that they should have."""

    def __init__(self, module: nn.Module, layer: int, attack: Attack, size: int, draws: Draws) -> None:
        self.below, self.above = cut(module, layer)
        self.are_pixels = layer == 0
        self.attack = attack
        self.slots = draws.of(torch.arange(min(size, len(draws))))
        self.points = torch.empty(0)
        self.labels = torch.empty(0, dtype=torch.long)

    def renew(self, batch: Batch, count: int) -> None:
        """Attacks the first images of a batch; what is found fills the pool, and then takes the places of others."""
        count = min(count, len(self.slots))
        points, labels = self.found(batch, count), batch.labels[:count]
        if not len(self.labels):
            self.points, self.labels = points, labels
        elif len(self.labels) + len(labels) <= len(self.slots):
            self.points, self.labels = torch.cat([self.points, points]), torch.cat([self.labels, labels])
        else:
            places = self.some(len(labels))
            self.points[places], self.labels[places] = points, labels

    def some(self, count: int) -> Tensor:
        """Random places of the pool, each at most once."""
        order = self.slots.order().to(self.labels.device)
        return order[order < len(self.labels)][:count]

    def loss(self, count: int) -> Tensor:
        """The mean cross entropy of the layers above on some of the pool."""
        places = self.some(count)
        return F.cross_entropy(self.above(self.points[places]), self.labels[places])

    def found(self, batch: Batch, count: int) -> Tensor:
        """Where the attack leads from the layer's outputs for the first images, within the range of these outputs."""
        with attacked(self.below), torch.no_grad():
            outputs = self.below(batch.images[:count])
        ends = torch.stack([outputs.amin(), outputs.amax()])
        above = Scaled(self.above, torch.tensor([0.0, 1.0]).to(ends) if self.are_pixels else ends, outputs.shape[1:])
        some = batch.draws.of(torch.arange(len(outputs)))
        return above.outputs(self.attack(above, above.images(outputs), batch.labels[:count], some))


class Scaled(nn.Module):
    """The layers above as an attack sees them: outputs of a layer are images, and their range is from 0 to 1."""

    def __init__(self, above: nn.Module, ends: Tensor, shape: torch.Size) -> None:
        super().__init__()
        self.above, self.shape = above, shape
        self.low, self.width = ends[0], (ends[1] - ends[0]).clamp_min(torch.finfo(ends.dtype).tiny)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.above(self.outputs(images))
        return logits

    def images(self, outputs: Tensor) -> Tensor:
        """Outputs of the layer as images: a unit each is a channel of one pixel."""
        scaled = (outputs - self.low) / self.width
        return scaled.reshape(len(outputs), *self.shape, *[1] * (3 - len(self.shape)))

    def outputs(self, images: Tensor) -> Tensor:
        """Images as outputs of the layer."""
        return images.reshape(len(images), *self.shape) * self.width + self.low
