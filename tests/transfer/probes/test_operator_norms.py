"""Operator norms against numpy's singular values of explicit matrices, power iteration, and counts by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import nn
from torchvision.models import alexnet

from tests.transfer.attacks.planes import Block, network
from tests.transfer.probes.asking import ask
from transfer.architectures._blocks import Residual
from transfer.architectures._layers import Maxout
from transfer.draws import Draws
from transfer.probes._operators import affine_norm, circular_norm, lipschitz
from transfer.probes.operator_norms import operator_norms

# Kernel, image and what else the layer has.
CONVOLUTIONS = [
    ((3, 3), (5, 6), {}),
    ((3, 3), (6, 6), {"padding": 1}),
    ((3, 2), (7, 6), {"padding": 1, "stride": 2}),
    ((3, 3), (8, 9), {"padding": (0, 1), "stride": (2, 3)}),
    ((2, 2), (7, 7), {"padding": "same", "dilation": 2}),
    ((3, 3), (6, 5), {"padding": 1, "groups": 2}),
]


def convolution(kernel, settings, channels=(2, 4), seed=0):
    layer = nn.Conv2d(*channels, kernel, **settings).double().requires_grad_(False)
    layer.weight.copy_(Draws(f"kernel {seed}", [0]).normal(*layer.weight.shape)[0])
    return layer


def largest(operator, shape):
    """The largest singular value of an operator's explicit matrix, by numpy."""
    size = int(np.prod(shape))
    columns = operator(torch.eye(size, dtype=torch.float64).reshape(size, *shape))
    return np.linalg.svd(columns.flatten(1).numpy().T, compute_uv=False)[0]


@pytest.mark.parametrize(("kernel", "image", "settings"), CONVOLUTIONS)
def test_a_convolution_as_it_is_applied_has_the_norm_of_its_explicit_matrix(kernel, image, settings):
    layer = convolution(kernel, settings)
    expected = largest(lambda inputs: layer(inputs) - layer.bias[:, None, None], (2, *image))
    assert affine_norm(layer, torch.zeros(1, 2, *image)) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("kernel", "image", "settings"), CONVOLUTIONS)
def test_the_fourier_transform_gives_the_norm_of_the_matrix_that_wraps_around(kernel, image, settings):
    layer = convolution(kernel, settings)
    stride, dilation = layer.stride, layer.dilation
    reach = [step * (size - 1) for step, size in zip(dilation, kernel, strict=True)]
    padding = reach if settings.get("padding") == "same" else [2 * one for one in layer.padding]
    torus = [-(-(size + one) // step) * step for size, one, step in zip(image, padding, stride, strict=True)]

    def wrapped(inputs):
        inputs = F.pad(inputs, (0, reach[1], 0, reach[0]), mode="circular")
        return F.conv2d(inputs, layer.weight, None, stride, 0, dilation, layer.groups)

    found = circular_norm(layer, torch.zeros(1, 2, *image))
    assert found == pytest.approx(largest(wrapped, (2, *torus)), rel=1e-7)
    assert found >= affine_norm(layer, torch.zeros(1, 2, *image)) - 1e-9


def test_power_iteration_on_the_real_operator_gives_the_same_to_four_digits():
    layer = convolution((5, 5), {"padding": 2, "stride": 2}, channels=(3, 8))
    shape = (1, 3, 24, 24)
    vector = Draws("start", [0]).normal(*shape[1:])
    for _ in range(500):
        moved = F.conv2d(vector, layer.weight, None, 2, 2)
        vector = F.conv_transpose2d(moved, layer.weight, None, 2, 2, output_padding=1)
        vector = vector / vector.norm()
    powered = F.conv2d(vector, layer.weight, None, 2, 2).norm().item()
    assert affine_norm(layer, torch.zeros(shape)) == pytest.approx(powered, rel=1e-4)
    assert powered <= circular_norm(layer, torch.zeros(shape)) < 1.1 * powered


@pytest.mark.long
def test_the_layers_of_table_5_have_the_norms_that_scipy_finds_of_the_operators():
    """Torchvision's AlexNet with random weights: those of the paper, or torchvision's, would have to be downloaded."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = alexnet().eval().requires_grad_(False)
    found = {}
    for one in operator_norms(network, (3, 224, 224)):
        found[one.name, one.layer] = float(one.values)
    inputs = torch.zeros(1, 3, 224, 224)
    for name, layer in network.features.named_children():
        if isinstance(layer, nn.Conv2d):
            norm, circular = found["norm", f"features.{name}"], found["circular_norm", f"features.{name}"]
            assert norm == pytest.approx(by_lanczos(layer, inputs, wraps=False), rel=1e-4)
            assert circular == pytest.approx(by_lanczos(layer, inputs, wraps=True), rel=1e-4)
            assert norm <= circular
        inputs = layer(inputs)


def by_lanczos(layer, inputs, wraps):
    """The norm of a convolution by scipy, which sees the operator alone; its adjoint is automatic differentiation's."""
    size = torch.tensor(inputs.shape[2:])
    if wraps:
        stride = torch.tensor(layer.stride)
        size = -(-(size + 2 * torch.tensor(layer.padding)) // stride) * stride
    shape = (inputs.shape[1], *size.tolist())
    reach = layer.kernel_size[0] - 1

    def squared(vector):
        moved = torch.from_numpy(vector).float().reshape(1, *shape).requires_grad_(True)
        padded = F.pad(moved, (0, reach, 0, reach), mode="circular") if wraps else moved
        made = F.conv2d(padded, layer.weight, None, layer.stride, 0 if wraps else layer.padding)
        return torch.autograd.grad(made.square().sum() / 2, moved)[0].flatten().double().numpy()

    pixels = int(np.prod(shape))
    operator = LinearOperator((pixels, pixels), matvec=squared, dtype=np.float64)
    start = Draws("start", [0]).normal(pixels)[0].double().numpy()
    return eigsh(operator, k=1, tol=1e-6, v0=start, return_eigenvectors=False)[0] ** 0.5


def test_on_a_torus_of_the_size_of_the_image_the_fourier_transform_would_be_no_bound():
    layer = nn.Conv2d(1, 1, (1, 3), padding=(0, 1), bias=False).double().requires_grad_(False)
    layer.weight.copy_(torch.tensor([[[[1.0, -1.0, 1.0]]]]))
    image = torch.zeros(1, 1, 1, 3)
    of_the_image = np.abs(np.fft.fft([1.0, -1.0, 1.0])).max()  # its frequencies miss the steepest
    assert of_the_image == pytest.approx(2)
    assert affine_norm(layer, image) == pytest.approx(1 + 2**0.5)
    assert circular_norm(layer, image) >= 1 + 2**0.5


def test_overlapping_windows_of_a_maximum_can_enlarge_and_are_counted():
    pooling = nn.MaxPool2d(3, stride=2)
    one = torch.zeros(1, 1, 7, 7)
    other = one.clone()
    other[0, 0, 2, 2] = 1  # in four windows
    assert (pooling(other) - pooling(one)).norm() == 2 == lipschitz(pooling, one)
    assert lipschitz(nn.MaxPool2d(2), one) == 1


def test_a_norm_of_other_layers_is_known_by_hand():
    normal = nn.BatchNorm2d(2).eval()
    normal.weight.data, normal.running_var = torch.tensor([1.0, -6.0]), torch.tensor([0.25, 4.0])
    assert lipschitz(normal, torch.zeros(1, 2, 3, 3)) == pytest.approx(3, rel=1e-5)
    assert lipschitz(nn.AvgPool2d(2), torch.zeros(1, 1, 4, 4)) == pytest.approx(0.5)
    assert lipschitz(nn.Sigmoid(), torch.zeros(1, 3)) == 0.25
    assert lipschitz(nn.Linear(1, 1).requires_grad_(False), torch.zeros(1, 1)) is not None
    assert lipschitz(nn.LayerNorm(3), torch.zeros(1, 3)) is None


def scaled(*factors):
    layer = nn.Linear(len(factors), len(factors)).requires_grad_(False)
    layer.weight.copy_(torch.diag(torch.tensor(factors)))
    return layer


class Between(nn.Module):
    """Layers, and something between them that no layer does."""

    def __init__(self, between):
        super().__init__()
        self.first, self.second, self.between = scaled(1.0, 2.0, 1.0, 1.0), scaled(3.0, 1.0, 1.0, 1.0), between

    def forward(self, images):
        return self.second(self.between(self.first(images.flatten(1))))


class Added(nn.Module):
    """A shortcut that is added in place, so that the sum lies where the branch's output was."""

    def __init__(self):
        super().__init__()
        self.flatten, self.branch = nn.Flatten(), scaled(1.0, 1.0, 1.0, 1.0)

    def forward(self, images):
        given = self.flatten(images)
        made = self.branch(given)
        made += given
        return made


def products(model):
    answer = ask("operator_norms", torch.zeros(1, 1, 2, 2), model=model.eval().requires_grad_(False))
    assert len(answer.of("product")) == len(answer.of("circular_product")) == answer.one("is_chain")
    return answer.of("product").tolist()


def test_the_product_is_of_layers_one_after_the_other():
    inner = nn.Sequential(scaled(0.5, 2.0, 1.0, 1.0), nn.Sigmoid())
    chain = nn.Sequential(nn.Flatten(), scaled(1.0, 3.0, 2.0, 1.0), nn.ReLU(), nn.Sequential(), inner)
    assert products(chain) == pytest.approx([3 * 2 * 0.25])
    maxout = Maxout(4, 2, 2).requires_grad_(False)
    maxout.linear.weight.copy_(scaled(1.0, 5.0, 1.0, 1.0).weight)
    assert products(nn.Sequential(nn.Flatten(), maxout)) == pytest.approx([5])
    halved = nn.Sequential(nn.Flatten(), Residual(scaled(3.0, 1.0, 1.0, 1.0), scaled(0.5, 0.5, 0.5, 0.5)))
    assert products(halved) == pytest.approx([3.5])


def test_there_is_no_product_where_the_way_is_another():
    assert products(Between(lambda values: values)) == pytest.approx([6])  # another shape is no other way
    assert products(Between(lambda values: values**2)) == []
    assert products(Between(lambda values: values.mul_(2))) == []
    assert products(Added()) == []
    twice = scaled(2.0, 1.0, 1.0, 1.0)
    assert products(nn.Sequential(nn.Flatten(), twice, twice)) == []
    assert products(nn.Sequential(Block(1), nn.Flatten())) == []


def test_nothing_is_enlarged_by_more_than_the_product():
    model = network("lenet")
    pairs = Draws("pairs", range(40)).uniform(2, 1, 16, 16)
    answer = ask("operator_norms", pairs[:1, 0], model=model)
    apart = (model(pairs[:, 0]) - model(pairs[:, 1])).norm(dim=1) / (pairs[:, 0] - pairs[:, 1]).flatten(1).norm(dim=1)
    assert apart.max() <= answer.one("product") <= answer.one("circular_product")
    weights = model[3].weight.double().numpy()
    assert answer.one("norm", "3") == pytest.approx(np.linalg.svd(weights, compute_uv=False)[0])
