"""A network that knows one place for each class, and says so elsewhere."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from transfer.architectures.linear import linear
from transfer.architectures.rbf import rbf
from transfer.confidence import confidence_of
from transfer.evaluate import answers
from transfer.recipes.adam import adam
from transfer.train import Autocast, frozen, train

SHAPE, CLASSES = (1, 6, 6), 3


@pytest.fixture
def network():
    torch.manual_seed(0)
    return frozen(rbf(SHAPE, CLASSES, rank=2).double())


def centres(network):
    return network.centre.reshape(CLASSES, *SHAPE)


def test_the_logits_are_the_quadratic_form(network):
    images = torch.rand(5, *SHAPE, dtype=torch.float64)
    away = images.flatten(1) - network.centre[1]
    beta = -(torch.diag(network.log_scale[1].exp() ** 2) + network.directions[1].T @ network.directions[1])
    assert torch.allclose(network(images)[:, 1], torch.einsum("ni,ij,nj->n", away, beta, away))


def test_it_is_certain_at_a_centre_and_of_nothing_far_away(network):
    confidence = confidence_of(network)
    logits = network(centres(network))
    assert logits.argmax(dim=1).tolist() == [0, 1, 2] and confidence(logits).tolist() == [1, 1, 1]
    rubbish = torch.randn(1000, *SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 3
    assert confidence(network(rubbish)).max() < 0.01
    # A softmax of the same logits would be certain of most of it.
    assert (network(rubbish).softmax(dim=1).amax(dim=1) > 0.5).double().mean() > 0.5


def test_rows_hold_the_network_s_own_confidence(network):
    labels = torch.arange(CLASSES)
    moved = centres(network) + 0.5
    rows = answers(network(moved), labels, confidence_of(network))
    expected = network(moved).amax(dim=1).exp()
    assert np.abs(rows["confidence"] - expected.numpy()).max() < 1 / 1024
    assert confidence_of(Autocast(network)) == network.confidence
    other = frozen(linear(SHAPE, CLASSES).double())
    plain = answers(other(moved), labels, confidence_of(other))
    assert np.abs(plain["confidence"] - other(moved).softmax(dim=1).amax(dim=1).numpy()).max() < 1 / 1024


def test_in_training_what_no_class_has_is_a_class_of_its_own(network):
    images = torch.cat([centres(network)[:1] + 0.3, centres(network)[:1]])
    alone, completed = network(images), network.train()(images)
    assert torch.equal(completed[:, :CLASSES], alone) and completed.shape == (2, CLASSES + 1)
    assert torch.allclose(completed[0, CLASSES].exp(), 1 - alone[0].exp().max())
    assert completed.isfinite().all()


def test_at_a_centre_gradients_are_finite():
    network = rbf(SHAPE, CLASSES).train()
    images = centres(network).detach().clone().requires_grad_()
    F.cross_entropy(network(images), torch.tensor([0, 1, 1])).backward()
    assert images.grad.isfinite().all() and all(weight.grad.isfinite().all() for weight in network.parameters())


def test_training_makes_it_confident_of_what_it_has_seen_and_of_nothing_else():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(300) % CLASSES
    images = torch.randint(0, 60, (300, *SHAPE), generator=generator)
    images[torch.arange(300), 0, labels] += 150
    torch.manual_seed(0)
    network = train(rbf(SHAPE, CLASSES), adam, {"epochs": 100, "learning_rate": 0.02}, images.byte(), labels, seed=0)
    seen = network(images / 255)
    assert (seen.argmax(dim=1) == labels).all() and network.confidence(seen).mean() > 0.8
    # Goodfellow et al. 2015: of rubbish, not one in 10,000 images is taken for something with more than one half.
    assert network.confidence(network(torch.randn(10_000, *SHAPE, generator=generator))).max() < 0.5
