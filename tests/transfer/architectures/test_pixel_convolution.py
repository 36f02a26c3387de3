"""The gradient that every attack takes, by another way than the library's."""

import pytest
import torch
from torch import nn

from transfer.architectures._pixel_convolution import PixelConvolution, fits
from transfer.draws import Draws
from transfer.train import channels_last, frozen, in_precision

KERNELS = {
    "3x3": {"kernel_size": 3, "padding": 1},
    "5x5 without bias": {"kernel_size": 5, "bias": False},
    "stride 2": {"kernel_size": 7, "stride": 2, "padding": 3},
    "stride that leaves pixels out": {"kernel_size": 2, "stride": 3},
    "patches": {"kernel_size": 4, "stride": 4},
    "oblong": {"kernel_size": (1, 3), "stride": (2, 1), "padding": (0, 2)},
}


def pictures(count, channels=3, dtype=torch.float64):
    return Draws("pictures", range(count)).uniform(channels, 13, 12).to(dtype)


def convolution(channels=3, **settings):
    torch.manual_seed(0)
    return nn.Conv2d(channels, 6, **settings).double()


def gradient(layer, images):
    asked = images.clone().requires_grad_()
    made = layer(asked)
    weights = Draws("weights", range(len(images))).normal(*made.shape[1:]).to(made)
    return torch.autograd.grad((made.tanh() * weights).sum(), asked)[0]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["planes", "channels last"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", KERNELS)
def test_output_and_gradient_are_those_of_the_library(kind, channels, layout):
    plain = convolution(channels, **KERNELS[kind]).requires_grad_(False)
    ours = frozen(convolution(channels, **KERNELS[kind])).to(memory_format=layout)
    images = pictures(5, channels)
    assert type(ours) is PixelConvolution
    assert torch.allclose(ours(images), plain(images), atol=1e-12)
    assert torch.allclose(gradient(ours, images), gradient(plain, images), atol=1e-12)


def test_a_batch_too_large_for_one_product_gives_the_same(monkeypatch):
    layer, images = frozen(convolution(kernel_size=3)), pictures(7)
    whole = gradient(layer, images)
    monkeypatch.setattr("transfer.architectures._pixel_convolution.BLOCK", 2 * 27 * 110)
    assert torch.allclose(gradient(layer, images), whole, atol=1e-12)
    assert gradient(layer, images[:0]).shape == (0, 3, 13, 12)


def test_the_gradient_has_a_gradient():
    layer = frozen(convolution(kernel_size=3, stride=2, padding=1))
    assert torch.autograd.gradgradcheck(lambda images: layer(images).tanh(), (pictures(2).requires_grad_(),))


def test_in_bfloat16_it_is_as_near_to_float32_as_the_library():
    images = pictures(4, dtype=torch.float32)
    exact = gradient(convolution(kernel_size=5).float(), images)
    plain = gradient(in_precision(convolution(kernel_size=5).requires_grad_(False), "bfloat16"), images)
    ours = gradient(in_precision(frozen(convolution(kernel_size=5)), "bfloat16"), images)
    assert ours.dtype == torch.float32
    assert (ours - exact).norm() < 1.2 * (plain - exact).norm()


def test_a_layer_that_learns_goes_the_librarys_way():
    layer = frozen(convolution(kernel_size=3)).requires_grad_()
    layer(pictures(2).requires_grad_()).sum().backward()
    assert layer.weight.grad is not None


@pytest.mark.parametrize(
    "settings",
    [
        {"channels": 8, "kernel_size": 3},
        {"channels": 4, "kernel_size": 3, "groups": 2},
        {"kernel_size": 3, "dilation": 2},
        {"kernel_size": 3, "padding": 1, "padding_mode": "circular"},
        {"kernel_size": 3, "padding": "same"},
    ],
    ids=str,
)
def test_other_layers_are_left_alone(settings):
    assert not fits(convolution(**settings))


def test_freezing_keeps_names_weights_and_hooks():
    network = nn.Sequential(convolution(kernel_size=3), nn.ReLU(), nn.Conv2d(6, 2, 3).double())
    seen = []
    network[0].register_forward_hook(lambda *_: seen.append("first"))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network = channels_last(frozen(network))
    network(pictures(2))
    assert [type(part) for part in network] == [PixelConvolution, nn.ReLU, nn.Conv2d] and seen == ["first"]
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
