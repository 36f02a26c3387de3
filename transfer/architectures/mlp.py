"""Fully connected networks."""

import math
from itertools import pairwise
from typing import Literal

from torch import nn

from transfer.architectures._layers import ACTIVATIONS


def mlp(
    shape: tuple[int, int, int],
    classes: int,
    *,
    hidden: tuple[int, ...] = (100, 100),
    activation: Literal["relu", "sigmoid", "tanh"] = "relu",
) -> nn.Module:
    """Fully connected layers of the given widths: FC100-100-10 of Szegedy et al. 2014 when sigmoid.

    Sigmoid and tanh layers start as in Glorot & Bengio 2010, ReLU layers as in He et al. 2015.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise((math.prod(shape), *hidden)):
        layer = nn.Linear(before, after)
        if activation == "relu":
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        else:
            nn.init.xavier_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
        layers += [layer, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers, nn.Linear(hidden[-1] if hidden else math.prod(shape), classes))
