"""Densely connected networks."""

from typing import Literal

import torch
from torch import Tensor, nn

from transfer.architectures._blocks import averaged, convolution, stages, start_he, stem_of

BOTTLENECK = 4  # maps inside a layer, for one that it adds


class Dense(nn.Module):
    """A layer that adds its maps to those it was given: `torch.cat([x, branch(x)])`."""

    def __init__(self, before: int, growth: int) -> None:
        super().__init__()
        inside = BOTTLENECK * growth
        self.branch = nn.Sequential(
            nn.BatchNorm2d(before),
            nn.ReLU(),
            convolution(before, inside, 1),
            nn.BatchNorm2d(inside),
            nn.ReLU(),
            convolution(inside, growth, 3),
        )

    def forward(self, maps: Tensor) -> Tensor:
        return torch.cat([maps, self.branch(maps)], dim=1)


def densenet(
    shape: tuple[int, int, int],
    classes: int,
    *,
    layers: tuple[int, ...] = (4, 4, 4),
    growth: int = 12,
    compression: float = 0.5,
    stem: Literal["full", "half", "quarter"] = "half",
) -> nn.Module:
    """DenseNet-BC: every layer sees the maps of all layers before it in its block.

    Huang et al. 2017, arXiv:1608.06993, section 3: `layers` [16, 16, 16] with a full stem is DenseNet-BC-100-12, with
    `layers` [6, 12, 24, 16], `growth` 32 and a stem of a quarter it is DenseNet-121. `stem` is how large the first
    block's maps are beside the image; half of it trains four times as fast as the whole.
    """
    width, parts = 2 * growth, []
    first = stem_of(stem, shape[0], width, is_bare=True)
    for index, count in enumerate(layers):
        part: list[nn.Module] = []
        if index:
            fewer = int(width * compression)
            part += [nn.BatchNorm2d(width), nn.ReLU(), convolution(width, fewer, 1), nn.AvgPool2d(2)]
            width = fewer
        part += [Dense(width + growth * position, growth) for position in range(count)]
        width += growth * count
        parts.append(part)
    head = [nn.BatchNorm2d(width), nn.ReLU(), *averaged(width, classes)]
    return start_he(stages(first, parts, head))
