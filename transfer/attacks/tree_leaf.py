"""The nearest leaf of a decision tree."""

import math

import torch
from torch import nn

from transfer.architectures._trees import Trees
from transfer.attacks._leaves import Leaves
from transfer.shapes import Images, Labels, Model

GRADIENT = False


def tree_leaf(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    beyond: float = 0.001,
    goals: Labels | None = None,
) -> Images:
    """Changes the few pixels on the way to the nearest leaf of another class in a decision tree.

    Papernot et al. 2016, arXiv:1605.07277: from the image's leaf the path is climbed until the other side of a node
    has a leaf of another class, and the pixels are changed as the nodes on the way there ask; of several such leaves it
    is here the one with the smallest change (l2). A pixel goes `beyond` the threshold of its node. Takes no gradient.
    Raises ValueError where the surrogate is anything but one tree.
    """
    tree = _tree(model)
    leaves = Leaves(tree, beyond)
    rows = images.flatten(1)
    own = leaves.number[tree.leaves(images)[:, 0]]
    is_wanted = leaves.classes != labels[:, None] if goals is None else leaves.classes == goals[:, None]
    wanted = leaves.wanted(rows)
    change = ((wanted - rows[:, leaves.feature]) * leaves.is_asked).square().sum(dim=2)
    shared = torch.where(is_wanted, leaves.shared(own), -1)
    change = torch.where(shared == shared.amax(dim=1, keepdim=True), change, math.inf)
    nearest = change.argmin(dim=1)
    there = rows.scatter(1, leaves.feature[nearest], wanted[torch.arange(len(rows)), nearest])
    # An image that is there already shares its whole path with its own leaf, which asks for no change.
    is_possible = is_wanted.any(dim=1) & ~is_wanted.gather(1, own[:, None])[:, 0]
    return torch.where(is_possible[:, None], there, rows).view_as(images)


def _tree(model: Model) -> Trees:
    """The one tree that a surrogate is."""
    parts = [part for part in model.modules() if not list(part.children())] if isinstance(model, nn.Module) else []
    if len(parts) == 1 and isinstance(parts[0], Trees) and len(parts[0].roots) == 1:
        return parts[0]
    raise ValueError("tree_leaf follows the nodes of one decision_tree, and this surrogate is none")
