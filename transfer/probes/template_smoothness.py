"""How smooth the templates of a network are: the weights that it lays over an image."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from transfer.shapes import Measured


def template_smoothness(model: nn.Module, shape: tuple[int, int, int]) -> Iterator[Measured]:
    """How much a template changes from pixel to pixel: total variation, of what its weights would allow.

    After Karpathy 2015, "Breaking linear classifiers on ImageNet", who shows templates that more weight decay makes
    smooth; total variation tells natural images from noise in Mahendran & Vedaldi 2015, arXiv:1412.0035, equation 3,
    here with absolute differences. Templates are the rows of the first layer with weights, as images, or the kernels
    of a convolution, each plane of colour by itself. A unit each: `roughness`, the sum of
    |difference| of neighbours over the sum of |one| + |other|: 0 where all weights are equal, 1 on a checkerboard of
    alternating signs, about 0.71 for independent Gaussian weights; and `size`, the template's Euclidean norm.
    """
    found = templates(model, shape)
    units = torch.arange(len(found))
    yield Measured("roughness", roughness(found), units=units)
    yield Measured("size", found.flatten(1).norm(dim=1), units=units)


def templates(model: nn.Module, shape: tuple[int, int, int]) -> Tensor:
    """The weights of the first layer as images, one a unit. Raises ValueError where it does not look at pixels."""
    first = next((part for part in model.modules() if isinstance(part, nn.Linear | nn.Conv2d)), None)
    if isinstance(first, nn.Conv2d):
        return first.weight
    if first is None or first.in_features != math.prod(shape):
        raise ValueError("this network has no layer of weights on pixels, and the probe looks at it; leave it out")
    return first.weight.unflatten(1, shape)


def roughness(weights: Tensor) -> Tensor:
    """Of each template, the differences between neighbours in proportion to what they could be at most."""
    down, right = (weights[..., 1:, :], weights[..., :-1, :]), (weights[..., 1:], weights[..., :-1])
    changed = torch.stack([(one - other).abs().flatten(1).sum(dim=1) for one, other in (down, right)]).sum(dim=0)
    most = torch.stack([(one.abs() + other.abs()).flatten(1).sum(dim=1) for one, other in (down, right)]).sum(dim=0)
    return torch.where(most > 0, changed / most, torch.zeros_like(most))
