"""What an attack climbs, one number an image, never summed over the batch by anyone else than the gradient."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.shapes import Images, Labels, Logits, Model, PerImage

Loss = Callable[[Tensor, Tensor], Tensor]


def cross_entropy(logits: Logits, labels: Labels) -> PerImage:
    """-log softmax at the label."""
    return F.cross_entropy(logits, labels, reduction="none")


def margin(logits: Logits, labels: Labels) -> PerImage:
    """The best other logit minus the label's: above 0 where it is not predicted (Carlini & Wagner 2017)."""
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return others.amax(dim=1) - own


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "margin": margin}


def loss_gradient(
    model: Model, labels: Labels, *, goals: Labels | None = None, loss: str = "cross_entropy"
) -> Callable[[Images], Images]:
    """The gradient to climb: of the loss at the label, or of minus the loss at the goal."""
    if loss not in LOSSES:
        raise LookupError(f"no loss is called {loss!r}. Known: {', '.join(LOSSES)}.")
    wanted, direction = (labels, 1.0) if goals is None else (goals, -1.0)

    def gradient(images: Images) -> Images:
        images = images.detach().requires_grad_()
        # A sum, not a mean: one image's gradient must not depend on who shares its batch.
        total = LOSSES[loss](model(images), wanted).sum() * direction
        return torch.autograd.grad(total, images)[0]

    return gradient
