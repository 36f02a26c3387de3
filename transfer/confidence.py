"""How sure a network says it is."""

from collections.abc import Callable
from typing import Any

from torch import nn

from transfer.shapes import Logits, PerImage


def softmax_confidence(logits: Logits) -> PerImage:
    """The probability of the predicted class."""
    return logits.softmax(dim=1).amax(dim=1)


def confidence_of(model: nn.Module) -> Callable[[Logits], PerImage]:
    """How sure a network says it is: its own `confidence(logits)`, where its probabilities need not sum to one."""
    for part in model.modules():  # a precision may be wrapped around it
        own: Any = getattr(part, "confidence", None)
        if callable(own):
            return own
    return softmax_confidence
