"""A code learnt without labels stays what it is when softmax is fitted on it."""

import pytest
import torch

from transfer.architectures.autoencoder import autoencoder
from transfer.architectures.mlp import mlp
from transfer.datasets.mnist import mnist
from transfer.recipes.layerwise import layerwise, relative_entropy
from transfer.train import build, pixels, score, train

SHAPE = (1, 28, 28)


def digits(part, count):
    images, labels = mnist(part=part)
    return torch.tensor(images[:count]), torch.tensor(labels[:count])


def trained(images, labels, **settings):
    module = build(autoencoder, {"hidden": 64}, SHAPE, 10)
    return train(module, layerwise, {"epochs": 4, "batch": 50, **settings}, images, labels, seed=0)


def weights(module):
    return [tensor.clone() for tensor in module.encoder.state_dict().values()]


def test_the_encoder_is_bit_identical_before_and_after_the_softmax_is_fitted():
    images, labels = digits("train", 2000)
    before = trained(images, labels, softmax_epochs=0)
    after = trained(images, labels, softmax_epochs=8)
    assert all(torch.equal(one, two) for one, two in zip(weights(before), weights(after), strict=True))
    assert not torch.equal(before.head.weight, after.head.weight)


def test_the_code_does_not_know_the_labels():
    images, labels = digits("train", 1000)
    one, two = trained(images, labels, softmax_epochs=0), trained(images, 9 - labels, softmax_epochs=0)
    assert all(torch.equal(a, b) for a, b in zip(weights(one), weights(two), strict=True))


def test_the_code_is_sparser_where_that_is_asked_for_and_tells_digits_apart():
    images, labels = digits("train", 2000)
    dense, sparse = (trained(images, labels, sparsity_weight=weight) for weight in (0.0, 3.0))
    with torch.no_grad():
        activity = [module.encoder(pixels(images)).mean().item() for module in (dense, sparse)]
    assert activity[1] < 0.6 * activity[0]
    assert score(sparse, *digits("test", 1000)).right > 750


def test_only_a_network_of_encoder_and_head_can_be_trained_by_layers():
    module = build(mlp, {"hidden": (8,)}, SHAPE, 10)
    with pytest.raises(ValueError, match="autoencoder"):
        train(module, layerwise, {}, *digits("train", 10), seed=0)


def test_relative_entropy_is_nothing_at_the_wanted_activation_and_more_elsewhere():
    assert relative_entropy(0.1, torch.full((3,), 0.1)).item() == pytest.approx(0, abs=1e-6)
    assert relative_entropy(0.5, torch.tensor([0.25])).item() == pytest.approx(
        0.5 * torch.log(torch.tensor(4 / 3)).item()
    )
    assert relative_entropy(0.1, torch.zeros(2)).isfinite()
