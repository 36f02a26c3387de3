"""Images shown smaller, each at a size and a place drawn for it."""

from functools import partial

import torch
from torch import Tensor

from transfer.attacks._axes import between, nearest, sandwich, scaled_to
from transfer.attacks._views import View, Views, drawn
from transfer.draws import Draws
from transfer.shapes import Images


def resized(images: Images, draws: Draws, *, probability: float, smallest: float, interpolation: str) -> Views:
    """With a probability, the image smaller than it is, at a place drawn for it, on black: Xie et al. 2019.

    The side shown is at least the part `smallest` of the image's own, and less than it. As in the authors' code every
    place is as likely but those at the far borders, so that what is a pixel smaller is always at the near ones.
    """

    def view() -> View:
        is_resized, size, places = draws.uniform() < probability, draws.uniform(), draws.uniform(2)
        matrices = []
        for side, place in zip(images.shape[2:], places.T, strict=True):
            least = int(side * smallest)
            smaller = torch.where(is_resized, least + (size * (side - least)).long(), side)
            top = (place * (side - smaller)).long()
            matrices.append(shrinking(side, smaller, top, interpolation))
        return partial(sandwich, *matrices)

    return drawn(view, 1)


def shrinking(side: int, smaller: Tensor, top: Tensor, interpolation: str) -> Tensor:
    """The matrices that show a line of pixels with `smaller` pixels from `top` on, and black around them."""
    pixels, smaller = torch.arange(side)[None, :], smaller[:, None]
    shown = pixels - top[:, None]
    if interpolation == "nearest":
        matrices = nearest(shown * side // smaller, pixels)
    elif interpolation == "bilinear":
        matrices = between(scaled_to(smaller, shown, side), side, pixels)
    else:
        raise ValueError(f"no interpolation is called {interpolation!r}. Known: nearest, bilinear.")
    return matrices * ((shown >= 0) & (shown < smaller))[:, :, None]
