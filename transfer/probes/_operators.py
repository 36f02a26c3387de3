"""How much a layer can enlarge the difference of two inputs, in the Euclidean norm."""

import copy
import math
from itertools import product

import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor, nn

from transfer.architectures._layers import GlobalAverage, Maxout, Normalise, Resize, ThreeChannels
from transfer.architectures._planes import Planes
from transfer.architectures.resnet import Padded
from transfer.draws import Draws, here

AFFINE = (
    *(nn.Linear, nn.Conv2d, nn.BatchNorm1d, nn.BatchNorm2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d),
    *(nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout, Normalise, Resize, ThreeChannels, GlobalAverage, Padded),
    Planes,
)
SLOPES: dict[type[nn.Module], float] = {nn.ReLU: 1.0, nn.ReLU6: 1.0, nn.Tanh: 1.0, nn.Sigmoid: 0.25}
ENTRIES = 1 << 22  # of the matrices of all frequencies, how many are held at once


def lipschitz(layer: nn.Module, before: Tensor) -> float | None:
    """An upper bound on how much a layer enlarges differences of inputs like `before`; None where none is known.

    Exact for what is affine and for the slope of an activation. A maximum is no further apart than all that it is
    taken of: of pooling each pixel counts once for every window that it is in, so overlapping windows can enlarge.
    """
    if isinstance(layer, AFFINE):
        return affine_norm(layer, before)
    if isinstance(layer, Maxout):
        return affine_norm(layer.linear, before)
    if isinstance(layer, nn.MaxPool2d):
        return math.sqrt(math.prod(_windows(layer, axis) for axis in (0, 1)))
    return SLOPES.get(type(layer))


def affine_norm(layer: nn.Module, before: Tensor) -> float:
    """The largest singular value of an affine layer as it is applied, padding and all, by Lanczos in float64.

    `before` is an input, of which only the shape matters.
    """
    layer = copy.deepcopy(layer).double().requires_grad_(False)
    shape = (1, *before.shape[1:])
    offset = layer(torch.zeros(shape, dtype=torch.float64))

    def gram(values: Tensor) -> Tensor:
        with torch.enable_grad():
            inputs = values.reshape(shape).requires_grad_()
            outputs = layer(inputs) - offset
            # The gradient of half the squared length of Ax is A'Ax.
            return torch.autograd.grad(outputs.square().sum() / 2, inputs)[0].reshape(-1)

    size = math.prod(shape)
    if size == 1:
        return math.sqrt(gram(torch.ones(1, dtype=torch.float64)).item())
    operator = LinearOperator(
        (size, size), matvec=lambda values: gram(here(values.ravel().copy())).numpy(force=True), dtype="float64"
    )
    # Any start will do that is not orthogonal to what is looked for; a fixed one gives the same digits on every run.
    start = Draws("affine norm", [0]).normal(size)[0].numpy(force=True)
    largest = eigsh(operator, k=1, which="LA", v0=start, tol=1e-10, return_eigenvectors=False)[0]
    return math.sqrt(max(0.0, float(largest)))


def circular_norm(layer: nn.Conv2d, before: Tensor) -> float:
    """The largest singular value of a convolution that wraps around, by the Fourier transform of its kernel.

    Szegedy et al. 2014, section 4.3: with a stride, as many frequencies meet in one output frequency as it skips
    pixels. Divided by the root of their number, as Parseval asks. The torus is as large as the padded input,
    rounded up to the stride. The layer as it is applied to images in zeros is part of that operator, hence never
    larger; on a torus of the size of the image it can be. Of groups it is the largest.
    """
    height, width = (_torus(layer, axis, before.shape[2 + axis]) for axis in (0, 1))
    down, right = layer.stride
    weight = layer.weight.detach().double()
    kernel = weight.reshape(layer.groups, -1, *weight.shape[1:])  # group, output, input, row, column
    rows = _waves(torch.arange(height).reshape(down, -1), kernel.shape[3], layer.dilation[0], height)
    columns = _waves(torch.arange(width).reshape(right, -1), kernel.shape[4], layer.dilation[1], width)
    largest = 0.0
    # A kernel of real numbers has at -f what it has at f, mirrored: half of the rows of frequencies tell all.
    places = list(product(range(rows.shape[1] // 2 + 1), range(columns.shape[1])))
    size = max(1, ENTRIES // (weight.numel() * down * right))
    for start in range(0, len(places), size):
        x, y = torch.tensor(places[start : start + size]).T
        found = torch.einsum("goirc,apr,bpc->gpoiab", kernel.to(rows.dtype), rows[:, x], columns[:, y])
        matrices = found.flatten(3) / math.sqrt(down * right)
        largest = max(largest, _spectral(matrices))
    return largest


def _spectral(matrices: Tensor) -> float:
    """The largest singular value of any of the matrices: the root of the eigenvalue of the smaller of A A' and A' A."""
    if matrices.shape[-2] > matrices.shape[-1]:
        matrices = matrices.mH
    return math.sqrt(max(0.0, torch.linalg.eigvalsh(matrices @ matrices.mH).amax().item()))


def _waves(frequencies: Tensor, taps: int, dilation: int, size: int) -> Tensor:
    """The wave of each frequency where the kernel has its taps: alias, output frequency, tap."""
    angles = -2 * math.pi / size * (frequencies[:, :, None] * torch.arange(taps) * dilation).double()
    return torch.polar(torch.ones_like(angles), angles)


def _torus(layer: nn.Conv2d, axis: int, size: int) -> int:
    """The padded input, rounded up to the stride."""
    stride = layer.stride[axis]
    reach = layer.dilation[axis] * (layer.kernel_size[axis] - 1)
    if isinstance(layer.padding, str):
        padded = size + (reach if layer.padding == "same" else 0)
    else:
        padded = size + 2 * layer.padding[axis]
    return -(-padded // stride) * stride


def _windows(layer: nn.MaxPool2d, axis: int) -> int:
    """How many windows of a pooling a pixel can be in."""
    size, stride = (
        value if isinstance(value, int) else value[axis]
        for value in (layer.kernel_size, layer.stride or layer.kernel_size)
    )
    return -(-size // stride)
