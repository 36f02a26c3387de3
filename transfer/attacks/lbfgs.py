"""Box-constrained L-BFGS."""

import math

import torch
from torch import Tensor

from transfer.attacks._descent import Descent
from transfer.attacks._lbfgs import Point, look, wanted_classes
from transfer.losses import is_flat
from transfer.shapes import Flags, Found, Images, Labels, Model, PerImage


def lbfgs(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    goals: Labels | None = None,
    memory: int = 10,
    evaluations: int = 120,
    accuracy: float = 0.003,
) -> Found:
    """Box-constrained L-BFGS: the least c * |r|^2 + loss(x + r, goal) in [0, 1], with the largest c that gets there.

    Szegedy et al. 2014, arXiv:1312.6199, section 4.1. The paper prints the smallest c, but it is the largest that
    gives the smallest perturbation. Each image has its own c, curvature, steps and stop; the batch shares the passes
    of the model alone. The search for c goes on from the last minimum with the curvature learnt there, until a
    success leads by at most `accuracy` of the lead that the clean image lacked or `evaluations` gradients are spent.
    The smallest success met is kept, and where there is none, the last iterate.

    The loss is the cross entropy of the goal; without goals, -log of the probability of any class but the label. An
    image that needs no perturbation is found as it is, and has no constant.
    """
    with torch.no_grad():
        logits: Tensor = model(images[:1])
    wanted = wanted_classes(logits.shape[1], labels, goals)
    clean = look(model, images.shape[1:], images.flatten(1), wanted)
    kept, descent = Kept(clean), Descent.start(clean, wanted, memory)
    descent.keep(clean.lead <= 0)
    for _ in range(1, evaluations):
        kept.leave(descent, descent.settle(accuracy))
        if not len(descent.index):
            break
        trial = look(model, images.shape[1:], descent.trial(), descent.wanted)
        kept.offer(descent, trial)
        descent.judge(trial)
    kept.leave(descent, torch.ones_like(descent.is_settled))
    return Found(kept.pixels.reshape(images.shape), kept.size.isfinite(), kept.gradients, kept.constant, kept.flat)


class Kept:
    """The smallest success of every image, those that have left the batch included."""

    def __init__(self, clean: Point) -> None:
        self.pixels: Tensor = clean.pixels.clone()
        self.size: PerImage = torch.where(clean.lead > 0, 0.0, torch.full_like(clean.lead, math.inf))
        self.constant: PerImage = torch.full_like(clean.lead, math.nan)
        self.gradients: Tensor = torch.ones_like(clean.lead, dtype=torch.long)
        self.flat: Tensor = is_flat(clean.gradient).long()

    def offer(self, descent: Descent, trial: Point) -> None:
        """Keeps the trials that are a success and smaller than what there was."""
        self.gradients[descent.index] += 1
        self.flat[descent.index] += is_flat(trial.gradient)
        size = (trial.pixels - descent.clean).square().sum(dim=1)
        better = (trial.lead > 0) & (size < self.size[descent.index])
        rows = descent.index[better]
        self.pixels[rows], self.size[rows] = trial.pixels[better], size[better]
        self.constant[rows] = descent.search.constant[better]

    def leave(self, descent: Descent, leaving: Flags) -> None:
        """Takes the images that are done out of the batch, with their last iterate where nothing was found."""
        rows = descent.index
        unfound = leaving & ~self.size[rows].isfinite()
        self.pixels[rows[unfound]] = descent.now.pixels[unfound]
        self.constant[rows[unfound]] = descent.search.constant[unfound]
        if leaving.any():
            descent.keep(~leaving)
