"""Convolutional networks after the fashion of transformers."""

import torch
from torch import Tensor, nn

from transfer.architectures._blocks import Residual, stages, start_small
from transfer.architectures._layers import ChannelNorm, GlobalAverage


class Scale(nn.Module):
    """A factor for each channel, near zero at the start."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full((channels, 1, 1), 1e-6))

    def forward(self, maps: Tensor) -> Tensor:
        return self.factor * maps


def convnext(
    shape: tuple[int, int, int],
    classes: int,
    *,
    depths: tuple[int, ...] = (2, 2, 2),
    width: int = 32,
    patch: int = 2,
) -> nn.Module:
    """ConvNeXt: 7x7 filters on each channel, then a perceptron at each position.

    Liu et al. 2022, arXiv:2201.03545, sections 2.2 to 2.6: `depths` [3, 3, 9, 3], `width` 96 and `patch` 4 are
    ConvNeXt-T. Without its stochastic depth, which is a matter of training.
    """
    first = [nn.Conv2d(shape[0], width, patch, patch), ChannelNorm(width, eps=1e-6)]
    parts = []
    for index, count in enumerate(depths):
        part: list[nn.Module] = []
        if index:
            part += [ChannelNorm(width, eps=1e-6), nn.Conv2d(width, 2 * width, 2, 2)]
            width *= 2
        parts.append(part + [Residual(_branch(width)) for _ in range(count)])
    head = [GlobalAverage(), nn.LayerNorm(width, eps=1e-6), nn.Linear(width, classes)]
    return start_small(stages(first, parts, head))


def _branch(width: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(width, width, 7, padding=3, groups=width),
        ChannelNorm(width, eps=1e-6),
        nn.Conv2d(width, 4 * width, 1),
        nn.GELU(),
        nn.Conv2d(4 * width, width, 1),
        Scale(width),
    )
