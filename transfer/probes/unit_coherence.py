"""Whether a unit means more than a direction."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.probes._batches import for_all
from transfer.probes._features import features_of
from transfer.shapes import Images, Labels, Measured


def unit_coherence(
    model: nn.Module,
    images: Images,
    labels: Labels,
    classes: int,
    *,
    tops: tuple[int, ...] = (8, 16, 64),
    units: int = 100,
    layers: tuple[str, ...] = (),
    batch: int = 250,
    draws: Draws,
) -> Iterator[Measured]:
    """The images that excite units, random directions and random rotations most, and how alike their labels are.

    Szegedy et al. 2014, section 3: x' = argmax <phi(x), v>, v a unit or a random direction. Those of a rotation are
    random and orthogonal (Bau et al. 2017, arXiv:1704.05796, who find that they mean less than units). `layers` are
    names of modules; without any, all activations. Of maps a unit is a channel, and its response the largest of all
    places. Of a layer with more than `units` as many are drawn.

    A layer and a unit each, BASIS being `unit`, `direction`, `rotation` or `chance` (images in random order):
    `BASIS same TOP`, how many of the TOP images have their most common label; `BASIS entropy TOP`, the entropy of
    their labels in bits; `BASIS active`, how many images excite it more than the one that does least (where fewer
    than TOP, the rest are the first of the others). `BASIS response` is of a unit and an image: of the smallest
    TOP, for a gallery.
    """
    with features_of(model, layers) as look:
        bases = {layer: _bases(one.shape[2], units, draws, layer) for layer, one in look(images[:1]).items()}
        parts: dict[tuple[str, str], list[Tensor]] = {}
        for part in images.split(batch):
            for layer, values in look(part).items():
                for basis, (_, directions) in bases[layer].items():
                    # The largest response of all places: of a plain layer there is one.
                    responses = (values.double() @ directions.T.to(values.device)).amax(dim=1)
                    parts.setdefault((layer, basis), []).append(responses)
    for (layer, basis), found in parts.items():
        yield from _coherence(basis, layer, bases[layer][basis][0], torch.cat(found), labels, classes, tops)
    for layer, one in bases.items():
        numbers = one["unit"][0]
        drawn = draws.apart(f"chance {layer}").uniform(len(numbers))
        yield from _coherence("chance", layer, numbers, drawn, labels, classes, tops)


def _bases(width: int, units: int, draws: Draws, layer: str) -> dict[str, tuple[Tensor, Tensor]]:
    """For each basis the numbers of its units, and a row of a matrix for each."""
    drawn, count = for_all(draws, f"basis {layer}"), min(units, width)
    chosen = drawn.uniform(width)[0].argsort()[:count].sort().values
    square, triangle = torch.linalg.qr(drawn.normal(width, count)[0])
    numbers = torch.arange(count)
    return {
        "unit": (chosen, F.one_hot(chosen, width).double()),
        "direction": (numbers, F.normalize(drawn.normal(count, width)[0])),
        # With these signs every rotation is as likely as any other (Mezzadri 2007, arXiv:math-ph/0609050).
        "rotation": (numbers, (square * triangle.diagonal().sign()).T),
    }


def _coherence(
    basis: str, layer: str, numbers: Tensor, responses: Tensor, labels: Labels, classes: int, tops: tuple[int, ...]
) -> Iterator[Measured]:
    """What the images that excite each unit most have in common; responses are those of an image to a unit."""
    order = responses.argsort(dim=0, descending=True, stable=True)
    for top in tops:
        if top > len(labels):
            continue
        counts = F.one_hot(labels[order[:top]], classes).sum(dim=0)
        entropy = torch.special.entr(counts.double() / top).sum(dim=1) / torch.tensor(2.0).log()
        yield Measured(f"{basis} same {top}", counts.amax(dim=1), units=numbers, layer=layer)
        yield Measured(f"{basis} entropy {top}", entropy, units=numbers, layer=layer)
    active = (responses > responses.amin(dim=0)).sum(dim=0)
    yield Measured(f"{basis} active", active, units=numbers, layer=layer)
    shown = order[: min(tops)]
    values, wide = responses.gather(0, shown), numbers.expand_as(shown)
    yield Measured(f"{basis} response", values.flatten(), images=shown.flatten(), units=wide.flatten(), layer=layer)
