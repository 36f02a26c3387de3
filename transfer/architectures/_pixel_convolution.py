"""A convolution of pixels whose gradient with respect to them costs what it should on a CPU."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEW = 4  # channels of an image; a CPU's convolution backward fills them up to 16, for nothing
BLOCK = 1 << 20  # numbers of the matrix product held at once: more leaves the cache, fewer cost calls


class PixelConvolution(nn.Conv2d):
    """The same convolution, once its weights are frozen: the gradient reaches the pixels as one product of matrices.

    Every attack takes this gradient at every step, and nobody does while training, so libraries have not cared for
    it: for the one channel of a digit the backward pass of the first layer took longer than that of all others. A
    weight that learns, a GPU, or an input that asks for no gradient gets nn.Conv2d's own way.
    """

    def forward(self, input: Tensor) -> Tensor:
        is_attacked = input.requires_grad and torch.is_grad_enabled() and not self.weight.requires_grad
        if is_attacked and input.device.type == "cpu" and input.ndim == 4:
            convolved: Tensor = _Convolve.apply(input, self.weight, self.bias, self.stride, self.padding)
            return convolved
        return super().forward(input)


def fits(part: nn.Module) -> bool:
    """Whether a layer is a plain convolution of as few channels as an image has."""
    return (
        type(part) is nn.Conv2d
        and part.in_channels <= FEW
        and part.groups == 1
        and set(part.dilation) == {1}
        and part.padding_mode == "zeros"
        and not isinstance(part.padding, str)
    )


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, images: Tensor, weight: Tensor, bias: Tensor | None, stride: tuple[int, int], padding: tuple[int, int]
    ) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.shape, ctx.dtype, ctx.stride, ctx.padding = images.shape, images.dtype, stride, padding
        return F.conv2d(images, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (weight,) = ctx.saved_tensors
        images, channels, height, width = ctx.shape
        down, right = ctx.padding
        gathered = gradient.new_zeros(images, channels, height + 2 * down, width + 2 * right, dtype=ctx.dtype)
        rows = max(1, BLOCK // (weight[0].numel() * gradient.shape[2:].numel()))
        for start in range(0, len(gradient), rows):
            _spread(gradient[start : start + rows], weight, ctx.stride, gathered[start : start + rows])
        return gathered[:, :, down : down + height, right : right + width], None, None, None, None


def _spread(gradient: Tensor, weight: Tensor, stride: tuple[int, int], gathered: Tensor) -> None:
    """Adds to each pixel what every place of the kernel that has looked at it passes on."""
    units, channels, tall, wide = weight.shape
    images, _, height, width = gradient.shape
    kernel = weight.permute(2, 3, 1, 0).reshape(-1, units).to(gradient.dtype)
    # With the channels innermost this is a view, and so is what the product gives: one plane a place of the kernel.
    passed = kernel @ gradient.permute(0, 2, 3, 1).reshape(-1, units).t()
    passed = passed.reshape(tall, wide, channels, images, height, width)
    by_channel = gathered.transpose(0, 1)
    for i in range(tall):
        rows = slice(i, i + stride[0] * (height - 1) + 1, stride[0])
        for j in range(wide):
            columns = slice(j, j + stride[1] * (width - 1) + 1, stride[1])
            by_channel[:, :, rows, columns] += passed[i, j]
