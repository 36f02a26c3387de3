"""Named, disjoint, label-balanced parts of a training set, and the images a study attacks."""

import numpy as np
import torch
from numpy.typing import NDArray

from transfer.draws import Draws, here
from transfer.shapes import Labels


def balanced_order(labels: Labels, seed: int | str) -> NDArray[np.int64]:
    """An order of the images in which every run of positions holds the classes in their proportions.

    Within a class the order is drawn from `seed` and the image's own index, and an image of rank r among n of its
    class comes at (r + 1/2) / n of the whole. So any piece [start, stop) is balanced to one image a class at either
    end, pieces that do not overlap share no image, and a new split at the end of a study moves no earlier one.
    """
    classes = labels.numpy(force=True)
    drawn = Draws(f"split {seed}", np.arange(len(classes))).order().numpy(force=True)
    place = np.empty(len(classes))
    for kind in np.unique(classes):
        members = drawn[classes[drawn] == kind]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return drawn[np.argsort(place[drawn], kind="stable")]


def piece(labels: Labels, start: int, stop: int, seed: int) -> torch.Tensor:
    """The indices, ascending, of the split from position `start` to `stop` of the balanced order.

    Raises ValueError where the training part has fewer images.
    """
    if not 0 <= start < stop <= len(labels):
        raise ValueError(f"images {start:,} to {stop:,} were asked of {len(labels):,}")
    return here(np.sort(balanced_order(labels, seed)[start:stop]))


def others(labels: Labels, own: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """At most `count` images outside `own`, balanced, as indices in ascending order."""
    order = balanced_order(labels, seed)
    outside = order[~np.isin(order, own.numpy(force=True))]
    return here(np.sort(outside[:count]))


def chosen(labels: Labels, count: int, seed: int) -> torch.Tensor:
    """The indices, ascending, of the images a study attacks: the first `count` of a balanced order of their own."""
    if not 0 < count <= len(labels):
        raise ValueError(f"{count:,} images were asked of {len(labels):,}")
    order = balanced_order(labels, f"images {seed}")
    return here(np.sort(order[:count]))
