"""The leaves of a decision tree as boxes in the space of images, and the way there from each other leaf."""

import math

import torch
from torch import Tensor

from transfer.architectures._trees import Trees
from transfer.attacks._rows import Rows

NOWHERE = -1.0  # fills up paths that are shorter than the longest


class Leaves:
    """For each leaf its class, the nodes that lead to it, and between what each pixel that they look at must lie."""

    def __init__(self, tree: Trees, beyond: float) -> None:
        paths, boxes = _walk(tree)
        numbers = torch.tensor([path[-1] for path in paths])
        self.classes: Tensor = tree.chance[numbers].argmax(dim=1)
        self.paths: Tensor = _padded([[float(node) for node in path] for path in paths], NOWHERE).long()
        self.number: Tensor = torch.empty(len(tree.left), dtype=torch.long)  # of each node that is a leaf
        self.number[numbers] = torch.arange(len(numbers))
        self.is_asked: Tensor = _padded([[1.0] * len(box) for box in boxes], 0.0).bool()
        # A path that is filled up looks once more at its first pixel.
        self.feature: Tensor = _filled([[float(feature) for feature in box] for box in boxes]).long()
        low, high = (_filled([[bounds[side] for bounds in box.values()] for box in boxes]) for side in (0, 1))
        inside = ((high - low) / 2).clamp_max(beyond)
        self.low: Tensor = (low + inside).clamp_min(0.0)
        self.high: Tensor = (high - inside).clamp(0.0, 1.0)

    def shared(self, own: Tensor) -> Tensor:
        """How many nodes the path of each image's own leaf shares with the path of every leaf."""
        return (self.paths[own][:, None] == self.paths[None]).cumprod(dim=2).sum(dim=2)

    def wanted(self, rows: Rows) -> Tensor:
        """What the pixels that each leaf looks at would be for each image to fall into it."""
        values = rows[:, self.feature]
        return values.clamp(self.low.to(rows), self.high.to(rows))


def _walk(tree: Trees) -> tuple[list[list[int]], list[dict[int, tuple[float, float]]]]:
    """Every leaf's path from the root, and between what each pixel on it lies."""
    names = ("left", "right", "feature", "threshold")
    left, right, feature, threshold = (getattr(tree, name).tolist() for name in names)
    paths, boxes = [], []
    waiting: list[tuple[list[int], dict[int, tuple[float, float]]]] = [([int(tree.roots[0])], {})]
    while waiting:
        path, box = waiting.pop()
        node = path[-1]
        if left[node] == node:
            paths.append(path)
            boxes.append(box or {0: (-math.inf, math.inf)})
            continue
        low, high = box.get(feature[node], (-math.inf, math.inf))
        waiting.append(([*path, left[node]], {**box, feature[node]: (low, min(high, threshold[node]))}))
        waiting.append(([*path, right[node]], {**box, feature[node]: (max(low, threshold[node]), high)}))
    return paths, boxes


def _padded(lists: list[list[float]], filler: float) -> Tensor:
    width = max(map(len, lists))
    return torch.tensor([[*one, *[filler] * (width - len(one))] for one in lists])


def _filled(lists: list[list[float]]) -> Tensor:
    width = max(map(len, lists))
    return torch.tensor([[*one, *one[:1] * (width - len(one))] for one in lists])
