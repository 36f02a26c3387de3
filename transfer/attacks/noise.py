"""Random noise of a given size: the control of every claim about a direction."""

from typing import Literal

from transfer.attacks._sized import as_large
from transfer.balls import ball, each
from transfer.draws import Draws
from transfer.shapes import Images, PerImage


def noise(
    images: Images,
    *,
    epsilon: float | PerImage,
    norm: Literal["linf", "l2", "rms"] = "linf",
    size_of: Literal["clipped", "drawn"] = "clipped",
    draws: Draws,
) -> Images:
    """Random noise of size epsilon: +-epsilon a pixel for linf, Gaussian for l2 and rms; clipped to the box.

    As a control it is made as large, image by image, as the perturbation it stands beside: scaled until its size
    *after* clipping is the size that was asked for, or as near as the box allows. With `size_of` drawn it is epsilon
    before clipping, as a deviation is commonly stated (Szegedy et al. 2014, Tables 2 and 4).
    """
    if norm == "linf":
        signs = draws.signs(*images.shape[1:]).to(images)
        return (images + signs * each(epsilon, images)).clamp(0.0, 1.0)
    direction = ball(norm).steepest(draws.normal(*images.shape[1:]).to(images))
    if size_of == "drawn":
        return (images + each(epsilon, images) * direction).clamp(0.0, 1.0)
    return as_large(images, direction, each(epsilon, images), norm)
