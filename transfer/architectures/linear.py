"""Softmax regression."""

import math

from torch import nn


def linear(shape: tuple[int, int, int], classes: int) -> nn.Module:
    """One linear layer on the pixels: softmax regression, FC10 of Szegedy et al. 2014, Table 1."""
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), classes))
