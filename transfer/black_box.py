"""Models as somebody sees them who can only ask: labels and nothing else, and every question counted."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.shapes import Logits, PerImage


class LabelsOnly(nn.Module):
    """A model that answers with its class: a logit of 1 for it and 0 for all others, without a gradient.

    The model within is no part of it: an attack that looks for layers or weights finds none.
    """

    def __init__(self, model: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self._ask = model, dtype

    def forward(self, images: Tensor) -> Tensor:
        model, dtype = self._ask
        with torch.no_grad():
            logits = model(images.to(dtype))
        return F.one_hot(logits.argmax(dim=1), logits.shape[1]).to(images.dtype)

    def confidence(self, logits: Logits) -> PerImage:
        """It does not say how sure it is: all of its probability is on its answer."""
        return torch.ones_like(logits[:, 0])


class Queried(nn.Module):
    """A model of which a recipe asks something, and of how many images it has been asked."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.queries = 0

    def forward(self, images: Tensor) -> Tensor:
        self.queries += len(images)
        logits: Tensor = self.model(images)
        return logits
