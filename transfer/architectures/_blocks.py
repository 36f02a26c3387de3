"""What families of convolutional networks and transformers repeat."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from transfer.architectures._layers import GlobalAverage, Normalise

Stem = Literal["full", "half", "quarter"]


class Residual(nn.Module):
    """`shortcut(x) + branch(x)`, in every residual network of this folder and under these two names.

    An attack that weighs the two ways of a gradient (Wu et al. 2020, arXiv:2002.05990) finds the blocks by this class
    and hooks the module `branch`, or `shortcut`, which is nn.Identity where nothing changes shape. What a paper
    applies to the sum (the ReLU of He et al. 2016) comes after this module.
    """

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut or nn.Identity()

    def forward(self, values: Tensor) -> Tensor:
        return self.shortcut(values) + self.branch(values)


def convolution(before: int, after: int, kernel: int, *, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution without bias (a normalisation follows) that keeps the size, or divides it by its stride."""
    return nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False)


def normalised(before: int, after: int, kernel: int, *, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution and its batch normalisation."""
    return [convolution(before, after, kernel, stride=stride, groups=groups), nn.BatchNorm2d(after)]


def stem_of(stem: Stem, channels: int, width: int, *, is_bare: bool = False) -> list[nn.Module]:
    """What makes the maps of the first stage, as large as the image, half or a quarter of it.

    A 3x3 convolution, which is all where the blocks begin with a normalisation (`is_bare`); for a quarter one of
    7x7, then max pooling, as He et al. 2016 have it for 224 pixels.
    """
    if stem == "quarter":
        return [*normalised(channels, width, 7, stride=2), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)]
    first, *rest = normalised(channels, width, 3, stride=2 if stem == "half" else 1)
    return [first] if is_bare else [first, *rest, nn.ReLU()]


def stages(stem: Sequence[nn.Module], parts: Sequence[Sequence[nn.Module]], head: Sequence[nn.Module]) -> nn.Module:
    """A network of pixels: `normalise`, `stem`, `stage1`, `stage2`, ..., `head`, under these names."""
    named: dict[str, nn.Module] = {"normalise": Normalise(), "stem": nn.Sequential(*stem)}
    named |= {f"stage{index}": nn.Sequential(*part) for index, part in enumerate(parts, start=1)}
    return nn.Sequential(OrderedDict(named, head=nn.Sequential(*head)))


def averaged(width: int, classes: int) -> list[nn.Module]:
    """The usual head: the mean of each map, then one linear layer."""
    return [GlobalAverage(), nn.Linear(width, classes)]


def start_he(module: nn.Module) -> nn.Module:
    """Weights of convolutions as in He et al. 2015, arXiv:1502.01852, counting each weight's outputs."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module


def start_small(module: nn.Module, deviation: float = 0.02) -> nn.Module:
    """Weights from a normal distribution cut at two deviations, biases zero: how transformers start."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            nn.init.trunc_normal_(part.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module


class Patches(nn.Module):
    """An image as a sequence: one linear map of each patch, row by row."""

    def __init__(self, shape: tuple[int, int, int], patch: int, width: int) -> None:
        super().__init__()
        channels, *size = shape
        if any(pixels % patch for pixels in size):
            raise ValueError(f"patches of {patch} pixels do not tile {size[0]}x{size[1]} images; set another patch")
        self.count = math.prod(pixels // patch for pixels in size)
        self.project = nn.Conv2d(channels, width, patch, patch)

    def forward(self, images: Tensor) -> Tensor:
        return self.project(images).flatten(2).transpose(1, 2)


def perceptron(before: int, hidden: int) -> nn.Module:
    """Two layers with GELU between them, which give the width they were given."""
    return nn.Sequential(nn.Linear(before, hidden), nn.GELU(), nn.Linear(hidden, before))
