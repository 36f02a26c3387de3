"""A gradient that is smoothed: the mean gradient over shifted copies of an image, at the price of one."""

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.losses import Gradient
from transfer.shapes import Images


def smoothed(gradient: Gradient, kernel: int) -> Gradient:
    """The gradient convolved with a Gaussian of `kernel` pixels a side: Dong et al. 2019, arXiv:1904.02884."""
    weights = gaussian(kernel)

    def smooth(images: Images) -> Images:
        channels = images.shape[1]
        every = weights.to(images).expand(channels, 1, kernel, kernel)
        return F.conv2d(gradient(images), every, padding=kernel // 2, groups=channels)

    return smooth


def gaussian(kernel: int) -> Tensor:
    """The paper's kernel: `kernel` = 2 k + 1 pixels a side, a standard deviation of k / 3, a sum of 1."""
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"a kernel of {kernel} pixels has no pixel in its middle; take an odd number")
    line = torch.linspace(-3, 3, kernel, dtype=torch.float64) if kernel > 1 else torch.zeros(1, dtype=torch.float64)
    line = torch.exp(-line.square() / 2)
    return torch.outer(line, line) / line.sum().square()
