"""A craft shown at another size."""

from transfer.balls import TINY, ball, each
from transfer.shapes import Images


def rescale(images: Images, perturbations: Images, *, rms: float) -> Images:
    """The same perturbations, each brought to one rms and clipped to the box.

    Table 4 of Szegedy et al. 2014 shows its examples "amplified" to a standard deviation of 0.1; rescaling also
    shrinks the images that needed more. Clipping makes the achieved rms smaller; it is recorded. A perturbation of
    exactly zero has no direction and stays zero.
    """
    sizes = each(ball("rms").size(perturbations), images)
    return (images + perturbations * (rms / sizes.clamp_min(TINY))).clamp(0.0, 1.0)
