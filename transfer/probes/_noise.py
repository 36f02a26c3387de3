"""Inputs that are nothing: noise, and how sure a network is of it."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from transfer.confidence import confidence_of
from transfer.draws import Draws
from transfer.probes._batches import dtype_of, for_all, logits_of
from transfer.shapes import Images

Noise = Literal["gaussian", "uniform"]


class Said(NamedTuple):
    """A network's class for each input, and how sure it says it is."""

    classes: Tensor
    confidence: Tensor

    def is_sure(self, threshold: float) -> Tensor:
        """Which inputs it is surer of than a threshold."""
        return self.confidence > threshold


def noise(kind: str, shape: tuple[int, int, int], samples: int, model: nn.Module, draws: Draws) -> Images:
    """Noise of mean 0 and deviation 1 in every pixel, which leaves the box, or even in [0, 1]."""
    drawn = for_all(draws, f"noise {kind}")
    values = drawn.normal(samples, *shape) if kind == "gaussian" else drawn.uniform(samples, *shape)
    return values[0].to(dtype_of(model))


def said(model: nn.Module, images: Images, batch: int) -> Said:
    """What a network makes of inputs."""
    logits = logits_of(model, images, batch).double()
    return Said(logits.argmax(dim=1), confidence_of(model)(logits))


def per_class(chosen: Tensor, classes: int) -> Tensor:
    """How many of the chosen there are of each class."""
    return torch.bincount(chosen.cpu(), minlength=classes)
