"""How straight a network's answers are along a line through an image."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from transfer.balls import TINY
from transfer.draws import Draws
from transfer.probes._batches import image_by_image, pixel_gradient
from transfer.probes._lines import intervals, least_squares, pieces, walk
from transfer.shapes import Images, Labels, Measured


def line_scan(
    model: nn.Module,
    images: Images,
    labels: Labels,
    *,
    reach: float = 1.0,
    steps: int = 50,
    shown: int = 4,
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """The logits along three lines through each image: the sign of the gradient, random signs, toward another image.

    Goodfellow et al. 2015, arXiv:1412.6572, section 8 and figure 4 (which reaches to 10). Every direction has rms
    1, so that `reach` is a distortion, to both sides in `steps` each; the line leaves the box. An image each, LINE
    being `sign`, `random` or `other`: `LINE variance`, the squared deviation of the logits from their means along
    the line, summed over classes and places; `LINE residual`, what of it is left around the best straight line (one
    minus their ratio is the share explained); `LINE pieces`, one more than the steps over which the slope changes,
    the linear pieces that can be told apart at this resolution (of a smooth activation each step is one; none in
    bfloat16); and on
    the way from the image to `reach` `LINE wrong`, at how many places the answer is not the label, `LINE
    intervals`, in how many stretches, and `LINE first`, the first of these places.

    Of the first `shown` images also `LINE logit CLASS` at each place (its number as unit), and where the places
    are: `at`.
    """
    places = torch.linspace(-reach, reach, 2 * steps + 1, dtype=torch.float64)
    yield Measured("at", places, units=torch.arange(len(places)))

    def look(positions: Tensor) -> dict[str, Tensor]:
        clean, own = images[positions], labels[positions]
        found: dict[str, Tensor] = {}
        for line, direction in _directions(model, images, labels, positions, draws).items():
            seen = walk(model, clean, direction, places)
            variance, residual = least_squares(seen.logits, places)
            wrong, stretches, first = intervals(seen.logits[:, steps:].argmax(dim=2) != own[:, None], places[steps:])
            found |= {f"{line} variance": variance, f"{line} residual": residual}
            if seen.slopes is not None:
                found[f"{line} pieces"] = pieces(seen.slopes)
            found |= {f"{line} wrong": wrong, f"{line} intervals": stretches, f"{line} first": first}
        return found

    yield from image_by_image(look, len(images), batch)
    positions = torch.arange(min(shown, len(images)))
    for line, direction in _directions(model, images, labels, positions, draws).items():
        for image, logits in enumerate(walk(model, images[positions], direction, places).logits):
            for label, values in enumerate(logits.T):
                units = torch.arange(len(places))
                yield Measured(f"{line} logit {label}", values, images=torch.full_like(units, image), units=units)


def _directions(model: nn.Module, images: Images, labels: Labels, positions: Tensor, draws: Draws) -> dict[str, Tensor]:
    """Three directions an image; without another image the third leads nowhere."""
    clean, drawn = images[positions], draws.of(positions)
    gradient = pixel_gradient(model, clean, labels[positions], "cross_entropy")
    number = drawn.below(max(1, len(images) - 1))
    # The number counts the others alone: from the own place on they stand one further.
    other = (number + (number >= positions)) % len(images)
    away = images[other] - clean
    rms = away.square().mean(dim=(1, 2, 3), keepdim=True).sqrt().clamp_min(TINY)
    return {"sign": gradient.sign(), "random": drawn.signs(*clean.shape[1:]).to(clean), "other": away / rms}
