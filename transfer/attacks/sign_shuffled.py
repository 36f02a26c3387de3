"""A craft's perturbations with signs drawn anew."""

from typing import Literal

from transfer.attacks._sized import as_large
from transfer.balls import TINY, ball, each
from transfer.draws import Draws
from transfer.shapes import Images


def sign_shuffled(
    images: Images,
    perturbations: Images,
    *,
    norm: Literal["linf", "l2", "rms"] = "rms",
    draws: Draws,
) -> Images:
    """The perturbation with the sign of every pixel drawn anew: as much of it in every place, and no direction.

    Goodfellow et al. 2015, arXiv:1412.6572, section 10: it is the direction of a perturbation that matters most. A sign
    that leads out of the box is clipped away, and for l2 and rms the others grow until the size is that of the
    perturbation again, or as near as the box allows. So on black and white pixels about half of what was there is
    left, and it can only point where it pointed: with images of few grey pixels this control keeps some of the attack.
    """
    signs = draws.signs(*images.shape[1:]).to(images)
    size = each(ball(norm).size(perturbations), images)
    if norm == "linf":
        return (images + signs * perturbations.abs()).clamp(0.0, 1.0)
    return as_large(images, signs * perturbations.abs() / size.clamp_min(TINY), size, norm)
