"""Decision trees as tensors: every tree walks its nodes at once for all images."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from transfer.architectures._fitted import Fitted, fitted
from transfer.shapes import Labels, Pixels

FLOOR = 1e-4  # the least chance of a class, so that its logarithm is finite


class Trees(Fitted):
    """Trees whose leaves give chances; the logits are the logarithms of their mean. A step has no gradient."""

    feature: Tensor  # the pixel that a node looks at
    threshold: Tensor  # up to which one goes left
    left: Tensor  # the nodes that follow; those of a leaf are itself
    right: Tensor
    chance: Tensor  # of each class, at each node
    roots: Tensor  # of each tree

    def __init__(self, shape: tuple[int, int, int], classes: int, trees: int) -> None:
        super().__init__(shape, classes)
        self._join([self._random() for _ in range(trees)])

    def estimators(self, seed: int) -> Any:
        """What scikit-learn fits."""
        raise NotImplementedError

    def fit(self, images: Pixels, labels: Labels, seed: int) -> None:
        found = fitted(self.estimators(seed), images, labels)
        self._join([_grown(one.tree_) for one in getattr(found, "estimators_", [found])])

    def forward(self, images: Tensor) -> Tensor:
        return self.chance[self.leaves(images)].mean(dim=1).clamp_min(FLOOR).log()

    def leaves(self, images: Tensor) -> Tensor:
        """The leaf of each image in each tree."""
        values = images.flatten(1)
        node, before = self.roots.expand(len(values), -1), None
        while before is None or not torch.equal(node, before):
            is_left = values.gather(1, self.feature[node]) <= self.threshold[node]
            node, before = torch.where(is_left, self.left[node], self.right[node]), node
        return node

    def _random(self) -> dict[str, Tensor]:
        """A chain of a leaf for each class, at random pixels."""
        inner = self.classes - 1
        here = torch.arange(2 * inner + 1)
        left = torch.cat([here[inner : 2 * inner], here[inner:]])
        right = torch.cat([here[1:inner], here[2 * inner :], here[inner:]])
        chance = torch.full((len(here), self.classes), 1 / self.classes)
        chance[inner:] = torch.eye(self.classes)
        feature = torch.cat([torch.randint(self.pixels, (inner,)), torch.zeros(inner + 1, dtype=torch.long)])
        return {"feature": feature, "threshold": torch.rand(len(here)), "left": left, "right": right, "chance": chance}

    def _join(self, trees: Sequence[dict[str, Tensor]]) -> None:
        sizes = torch.tensor([len(tree["left"]) for tree in trees])
        roots = sizes.cumsum(0) - sizes
        for tree, root in zip(trees, roots, strict=True):
            tree["left"], tree["right"] = tree["left"] + root, tree["right"] + root
        self.hold(roots=roots, **{name: torch.cat([tree[name] for tree in trees]) for name in trees[0]})


def _grown(tree: Any) -> dict[str, Tensor]:
    """A tree of scikit-learn; its leaves here follow themselves."""
    here = torch.arange(tree.node_count)
    left, right = torch.from_numpy(tree.children_left), torch.from_numpy(tree.children_right)
    chance = torch.from_numpy(tree.value[:, 0])
    return {
        "feature": torch.from_numpy(tree.feature).clamp_min(0),
        "threshold": _below(torch.from_numpy(tree.threshold)),
        "left": torch.where(left < 0, here, left),
        "right": torch.where(right < 0, here, right),
        "chance": chance / chance.sum(dim=1, keepdim=True),
    }


def _below(thresholds: Tensor) -> Tensor:
    """The largest float32 up to each number: a pixel of that precision is on the same side of both."""
    rounded = thresholds.float()
    return torch.where(rounded.double() > thresholds, torch.nextafter(rounded, torch.full_like(rounded, -1)), rounded)
