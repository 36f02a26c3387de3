"""Where along a ray a network is first wrong."""

import torch
from torch import Tensor

from transfer.losses import margin
from transfer.shapes import Flags, Images, Labels, Model, PerImage

HALVINGS = 20  # of a step of the scan: a millionth of it


def first_wrong(
    model: Model, images: Images, labels: Labels, directions: Images, *, reach: float, steps: int
) -> PerImage:
    """How far along its direction each image must go to be classified wrong; NaN where that is not within `reach`.

    A scan in equal steps finds the first of them that is wrong (an interval of wrongness between two steps is
    missed), bisection where in it the boundary is; what is returned is wrong. The box plays no part.
    """
    found = torch.full((len(images),), torch.nan, dtype=images.dtype, device=images.device)
    for step in range(1, steps + 1):
        waiting = found.isnan().nonzero()[:, 0]
        if not len(waiting):
            break
        asked = images[waiting], labels[waiting], directions[waiting]
        near, far = (torch.full_like(found[waiting], reach * count / steps) for count in (step - 1, step))
        crossed = _is_wrong(model, *asked, far).nonzero()[:, 0]
        near, far, asked = near[crossed], far[crossed], tuple(part[crossed] for part in asked)
        for _ in range(HALVINGS if len(crossed) else 0):
            middle = (near + far) / 2
            is_beyond = _is_wrong(model, *asked, middle)
            near, far = torch.where(is_beyond, near, middle), torch.where(is_beyond, middle, far)
        found[waiting[crossed]] = far
    return found


def _is_wrong(model: Model, images: Images, labels: Labels, directions: Images, distances: Tensor) -> Flags:
    with torch.no_grad():
        lead: Tensor = margin(model(images + distances.reshape(-1, 1, 1, 1) * directions), labels)
    return lead > 0
