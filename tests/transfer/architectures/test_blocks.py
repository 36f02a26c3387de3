"""Layers and blocks that families share, by their definitions."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms import v2

from transfer.architectures._blocks import Patches
from transfer.architectures._layers import ChannelNorm, Maxout, Normalise, Resize
from transfer.architectures.densenet import Dense
from transfer.architectures.mlp import mlp
from transfer.architectures.resnet import Padded
from transfer.architectures.vit import Attention
from transfer.architectures.wide_resnet import wide_resnet
from transfer.train import frozen


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_normalising_is_by_channel_and_no_weight():
    images = torch.rand(2, 3, 4, 4)
    layer = Normalise((0.4, 0.5, 0.6), (0.1, 0.2, 0.3))
    assert torch.allclose(layer(images), v2.functional.normalize(images, [0.4, 0.5, 0.6], [0.1, 0.2, 0.3]))
    assert torch.equal(Normalise(0.5, 0.25)(images), (images - 0.5) / 0.25)
    assert not layer.state_dict() and layer.double().mean.flatten().tolist() == [0.4, 0.5, 0.6]


@pytest.mark.parametrize("sizes", [((40, 40), (64, 64)), ((60, 40), (24, 32)), ((28, 28), (224, 224))])
def test_resizing_is_torchvision_s_own(sizes):
    images = torch.rand(2, 3, *sizes[0])
    expected = v2.functional.resize(images, sizes[1], antialias=True)
    assert torch.allclose(Resize(*sizes)(images), expected, atol=1e-6)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.allclose(Resize(*sizes)(images), expected, atol=1e-6)


def test_a_maxout_unit_is_the_largest_of_its_own_pieces():
    layer, values = Maxout(6, 4, 3), torch.randn(5, 6)
    pieces = layer.linear(values)
    for unit in range(4):
        assert torch.equal(layer(values)[:, unit], pieces[:, 3 * unit : 3 * unit + 3].amax(dim=1))


def test_a_maxout_network_of_two_pieces_w_and_0_is_a_relu_network():
    network, relu = mlp((1, 2, 2), 3, hidden=(5,), activation="maxout", pieces=2), mlp((1, 2, 2), 3, hidden=(5,))
    with torch.no_grad():
        network[1].linear.weight.zero_()[::2] = relu[1].weight
        network[-1].load_state_dict(relu[-1].state_dict())
    images = torch.rand(7, 1, 2, 2)
    assert torch.allclose(network(images), relu(images))


def test_dropout_is_for_training_alone():
    network = mlp((1, 4, 4), 3, hidden=(50,), activation="maxout", input_dropout=0.2, dropout=0.5)
    images = torch.rand(4, 1, 4, 4)
    assert not torch.equal(network(images), network(images))
    frozen(network)
    assert torch.equal(network(images), network(images))
    assert [part.p for part in network if isinstance(part, nn.Dropout)] == [0.2, 0.5]


def test_channels_are_normalised_at_each_position():
    maps = torch.randn(2, 8, 3, 3) * 5 + 2
    normed = ChannelNorm(8)(maps)
    assert torch.allclose(normed.mean(dim=1), torch.zeros(2, 3, 3), atol=1e-5)
    assert torch.allclose(normed.var(dim=1, correction=0), torch.ones(2, 3, 3), atol=1e-3)


def test_attention_is_torch_s_own_and_its_weights_can_be_hooked():
    layer, tokens, seen = Attention(12, 3).double(), torch.randn(2, 5, 12, dtype=torch.float64), []
    layer.weights.register_forward_hook(lambda part, inputs, output: seen.append(output))
    output = layer(tokens)
    queries, keys, values = layer.inputs(tokens).reshape(2, 5, 3, 3, 4).permute(2, 0, 3, 1, 4)
    expected = F.scaled_dot_product_attention(queries, keys, values).transpose(1, 2).reshape(2, 5, 12)
    assert torch.allclose(output, layer.output(expected))
    assert seen[0].shape == (2, 3, 5, 5) and torch.allclose(seen[0].sum(dim=-1), torch.ones((), dtype=torch.float64))


def test_patches_are_read_row_by_row_and_must_tile_the_image():
    layer = Patches((1, 8, 12), 4, 16)
    with torch.no_grad():
        layer.project.weight.copy_(torch.eye(16).reshape(16, 1, 4, 4))
        layer.project.bias.zero_()
    image = torch.rand(1, 1, 8, 12)
    assert layer.count == 6
    assert torch.equal(layer(image)[0, 1].reshape(4, 4), image[0, 0, :4, 4:8])
    assert torch.equal(layer(image)[0, 3].reshape(4, 4), image[0, 0, 4:, :4])
    with pytest.raises(ValueError, match="patches of 5 pixels do not tile 28x28 images"):
        Patches((1, 28, 28), 5, 16)


def test_a_dense_layer_hands_on_what_it_was_given():
    maps = torch.randn(2, 6, 4, 4)
    after = Dense(6, 3)(maps)
    assert after.shape == (2, 9, 4, 4) and torch.equal(after[:, :6], maps)


def test_a_shortcut_without_weights_takes_every_second_pixel_and_adds_zeros():
    maps = torch.randn(2, 3, 5, 5)
    after = Padded(7, 2)(maps)
    assert after.shape == (2, 7, 3, 3)
    assert torch.equal(after[:, :3], maps[:, :, ::2, ::2]) and not after[:, 3:].any()


def test_settings_that_make_no_network_say_so():
    with pytest.raises(ValueError, match=r"6n\+4 layers: 10, 16, 22, 28, \.\.\.; found depth 20"):
        wide_resnet((3, 32, 32), 10, depth=20)
    with pytest.raises(ValueError, match="5 heads do not divide a width of 96"):
        Attention(96, 5)
