"""What an attack climbs, one number an image, never summed over the batch by anyone else than the gradient."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.shapes import Images, Labels, Logits, Model, PerImage

# Logits, labels and goals to what rises as the attack gets nearer; without goals, away from the label.
Loss = Callable[[Tensor, Tensor, Tensor | None], Tensor]
Gradient = Callable[[Images], Images]

TRIPLET_MARGIN = 0.007  # Li et al. 2020, section 4.1
NOT_ONE = 1e-5  # by which a goal's one-hot vector stays inside the Poincaré ball


def cross_entropy(logits: Logits, labels: Labels, goals: Labels | None = None) -> PerImage:
    """-log softmax at the label; log softmax at the goal."""
    if goals is None:
        return F.cross_entropy(logits, labels, reduction="none")
    return -F.cross_entropy(logits, goals, reduction="none")


def logit(logits: Logits, labels: Labels, goals: Labels | None = None) -> PerImage:
    """The goal's logit, which never saturates (Zhao et al. 2021, arXiv:2012.11207, equation 5); minus the label's."""
    if goals is None:
        return -_at(logits, labels)
    return _at(logits, goals)


def margin(logits: Logits, labels: Labels, goals: Labels | None = None) -> PerImage:
    """How far the wanted answer leads: above 0 where it is predicted (Carlini & Wagner 2017, section IV)."""
    wanted = labels if goals is None else goals
    others = logits.scatter(1, wanted[:, None], float("-inf"))
    lead = _at(logits, wanted) - others.amax(dim=1)
    return -lead if goals is None else lead


def poincare_trip(logits: Logits, labels: Labels, goals: Labels | None = None) -> PerImage:
    """Nearer to the goal in the Poincaré ball, and further from the label than from the goal by angle.

    Li et al. 2020, "Towards transferable targeted attack", CVPR, equations 4 to 9. Raises ValueError without goals.
    """
    if goals is None:
        raise ValueError("poincare_trip is a loss of targeted attacks; say where to with 'toward'")
    point = logits / logits.abs().sum(dim=1, keepdim=True).clamp_min(torch.finfo(logits.dtype).tiny)
    goal = F.one_hot(goals, logits.shape[1]).to(logits)
    inside = (goal - NOT_ONE).clamp_min(0)
    distance = (point - inside).square().sum(dim=1)
    room = (1 - point.square().sum(dim=1)) * (1 - inside.square().sum(dim=1))
    tiny = torch.finfo(logits.dtype).eps
    poincare = torch.acosh(1 + 2 * distance / room.clamp_min(tiny) + tiny)
    label = F.one_hot(labels, logits.shape[1]).to(logits)
    angles = [1 - F.cosine_similarity(logits, corner, dim=1).abs() for corner in (goal, label)]
    triplet = (angles[0] - angles[1] + TRIPLET_MARGIN).clamp_min(0)
    return -(poincare + 0.01 * triplet)


def is_flat(gradients: Tensor) -> Tensor:
    """Which images' gradients are exactly zero or not finite, so that they lead nowhere."""
    size = gradients.flatten(1).abs().sum(dim=1)
    return ~((size > 0) & (size < float("inf")))


def _at(logits: Logits, classes: Labels) -> PerImage:
    return logits.gather(1, classes[:, None])[:, 0]


LOSSES: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "logit": logit,
    "margin": margin,
    "poincare_trip": poincare_trip,
}


def loss_named(name: str) -> Loss:
    """The loss of a name. Raises LookupError with the known ones."""
    if name not in LOSSES:
        raise LookupError(f"no loss is called {name!r}. Known: {', '.join(LOSSES)}.")
    return LOSSES[name]


def loss_gradient(
    model: Model, labels: Labels, *, goals: Labels | None = None, loss: str = "cross_entropy"
) -> Gradient:
    """The gradient to climb: away from the label or, with goals, toward the goal."""
    climbed = loss_named(loss)

    def gradient(images: Images) -> Images:
        images = images.detach().requires_grad_()
        # A sum, not a mean: one image's gradient must not depend on who shares its batch.
        total = climbed(model(images), labels, goals).sum()
        # Where a gradient is not finite nothing is known of a direction: that image stays, and is counted.
        return torch.autograd.grad(total, images)[0].nan_to_num_(0.0, 0.0, 0.0)

    return gradient
