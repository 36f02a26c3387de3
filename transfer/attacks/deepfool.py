"""DeepFool."""

import torch
from torch import Tensor

from transfer.attacks._boundaries import Boundaries
from transfer.attacks._smallest import Smallest, lead, of
from transfer.shapes import Found, Images, Labels, Model


def deepfool(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    candidates: int = 10,
    steps: int = 50,
    overshoot: float = 0.02,
) -> Found:
    """DeepFool: to the nearest boundary of the model made linear, again and again until it is crossed.

    Moosavi-Dezfooli et al. 2016, arXiv:1511.04599, algorithm 2, among the `candidates` most likely classes of the
    clean image. As in the authors' code, and in foolbox, the sum of the steps is taken 1 + `overshoot` times before the
    model is asked again; torchattacks takes each step so, and ART the last sum alone. The paper knows no box: here, as
    in foolbox, each iterate is clipped to it, and the sum is not. A class is looked at again only while its gap, over
    its last slope, is less than twice the nearest's, since each look is a gradient.
    """
    kept = Smallest(images)
    rows = kept.unfooled(model, labels, None)
    clean, labels = of(rows, images, labels)
    crafted, moved, around = clean, torch.zeros_like(clean), None
    for step in range(steps + 1):
        if not len(rows):
            break
        with torch.no_grad():
            logits: Tensor = model(crafted)
        around = around or Boundaries(logits, labels, candidates)
        is_there = lead(logits, labels, None) > 0
        kept.offer(rows, crafted, is_there)
        around.keep(~is_there)
        rows, clean, crafted, moved, labels, logits = of(~is_there, rows, clean, crafted, moved, labels, logits)
        if step < steps and len(rows):
            moved = moved + around.step(model, kept, rows, crafted, labels, logits).view_as(moved)
            crafted = (clean + (1 + overshoot) * moved).clamp(0.0, 1.0)
    return kept.found()
