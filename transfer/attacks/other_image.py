"""The perturbation of another image of the craft."""

from torch import Tensor

from transfer.draws import Draws
from transfer.shapes import Images, Labels, Pool


def other_image(images: Images, ids: Labels, pool: Pool, *, draws: Draws) -> Images:
    """The perturbation of another image, drawn from all of the craft, clipped to the box: does it fit any image?

    Goodfellow et al. 2015, arXiv:1412.6572, section 10: perturbations generalise across clean examples. Each image gets
    one that is not its own, as large as it is there; clipping may make it smaller, which is recorded. Raises ValueError
    where the craft has one image alone, LookupError where it is not made from another craft.
    """
    if pool.perturbations is None:
        raise LookupError("other_image is made from a craft; name it under 'controls'")
    taken: Tensor = pool.perturbations
    is_own = ids[:, None] == (ids.new_full((len(taken),), -1) if pool.ids is None else pool.ids)
    others = len(taken) - is_own.any(dim=1).long()
    if not others.all():
        raise ValueError("other_image needs a craft of at least 2 images")
    # The drawn number counts the others alone: from the own place on they stand one further.
    number = (draws.uniform() * others).long()
    number += is_own.any(dim=1) & (number >= is_own.long().argmax(dim=1))
    return (images + taken[number.to(taken.device)]).clamp(0.0, 1.0)
