"""Convolutional networks of LeCun et al. 1998."""

import torch
from torch import nn

from transfer.architectures._layers import Normalise, dropped


def lenet(
    shape: tuple[int, int, int],
    classes: int,
    *,
    channels: tuple[int, int] = (8, 16),
    hidden: tuple[int, ...] = (120, 84),
    dropout: float = 0.0,
) -> nn.Module:
    """LeNet-5 with ReLU and max pooling: two convolutions of 5x5, then fully connected layers.

    LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II.B. `dropout` is the share
    of the hidden units that is dropped, while training alone.
    """
    first, second = channels
    features = nn.Sequential(
        Normalise(0.5, 0.5),
        nn.Conv2d(shape[0], first, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(first, second, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
    )
    with torch.no_grad():
        width = features(torch.zeros(1, *shape)).shape[1]
    head: list[nn.Module] = []
    for units in hidden:
        head += [nn.Linear(width, units), nn.ReLU(), *dropped(dropout)]
        width = units
    return nn.Sequential(features, *head, nn.Linear(width, classes))
