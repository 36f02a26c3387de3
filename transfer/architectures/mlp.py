"""Fully connected networks."""

import math
from itertools import pairwise
from typing import Literal

from torch import nn

from transfer.architectures._layers import ACTIVATIONS, Maxout, dropped


def mlp(
    shape: tuple[int, int, int],
    classes: int,
    *,
    hidden: tuple[int, ...] = (100, 100),
    activation: Literal["relu", "sigmoid", "tanh", "maxout"] = "relu",
    pieces: int = 5,
    input_dropout: float = 0.0,
    dropout: float = 0.0,
) -> nn.Module:
    """Fully connected layers of the given widths: FC100-100-10 of Szegedy et al. 2014 when sigmoid.

    Sigmoid and tanh layers start as in Glorot & Bengio 2010, ReLU layers as in He et al. 2015. The maxout network of
    Goodfellow et al. 2015, arXiv:1412.6572, is `hidden` [240, 240] of 5 `pieces`, with `input_dropout` 0.2 and
    `dropout` 0.5 (its numbers are those of the authors' published code). Dropout is the share of values dropped, while
    training alone.
    """
    layers: list[nn.Module] = [nn.Flatten(), *dropped(input_dropout)]
    for before, after in pairwise((math.prod(shape), *hidden)):
        layers += [*_layer(before, after, activation, pieces), *dropped(dropout)]
    return nn.Sequential(*layers, nn.Linear(hidden[-1] if hidden else math.prod(shape), classes))


def _layer(before: int, after: int, activation: str, pieces: int) -> list[nn.Module]:
    maxout = Maxout(before, after, pieces) if activation == "maxout" else None
    layer = maxout.linear if maxout else nn.Linear(before, after)
    if activation == "relu":
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    else:
        nn.init.xavier_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return [maxout] if maxout else [layer, ACTIVATIONS[activation]()]
