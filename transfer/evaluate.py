"""What a target says of images made for another model: tensors in, columns out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from transfer.confidence import softmax_confidence
from transfer.shapes import Labels, Logits, PerImage

MARGIN_STEPS, CONFIDENCE_STEPS = 64, 1024  # rounding that costs no answer and halves the file


def classes_of(logits: Logits) -> Labels:
    """The predicted classes; of equal logits the lowest class, everywhere the same."""
    return logits.argmax(dim=1)


def answers(
    logits: Logits, labels: Labels, confidence: Callable[[Logits], PerImage] = softmax_confidence
) -> dict[str, Any]:
    """Columns `predicted`, `margin` and `confidence` of the table predictions.

    The margin is the label's logit minus the best other; both numbers are rounded to the schema's steps.
    """
    logits = logits.double()
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], float("-inf")).amax(dim=1)
    return {
        "predicted": classes_of(logits).numpy(force=True).astype(np.int16),
        "margin": _rounded(own - others, MARGIN_STEPS),
        "confidence": _rounded(confidence(logits), CONFIDENCE_STEPS),
    }


def _rounded(values: Tensor, steps: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return (torch.round(values * steps) / steps).numpy(force=True).astype(np.float32)
