"""Down the gradient of the worst point nearby."""

import torch
import torch.nn.functional as F
from torch import nn

from tests.transfer.recipes.easy import CLASSES, SHAPE, easy
from transfer.architectures.linear import linear
from transfer.recipes.sam import sam
from transfer.train import build, pixels, train

ONE_STEP = {"epochs": 1, "batch": 300, "schedule": "constant", "learning_rate": 0.5, "momentum": 0.0}


def test_a_step_is_the_paper_s():
    images, labels = easy()
    module, by_hand = (build(linear, {}, SHAPE, CLASSES) for _ in range(2))
    train(module, sam, {**ONE_STEP, "rho": 0.3}, images, labels, seed=0)
    start = [parameter.detach().clone() for parameter in by_hand.parameters()]

    def gradients():
        return torch.autograd.grad(F.cross_entropy(by_hand(pixels(images)), labels), list(by_hand.parameters()))

    first = gradients()
    length = torch.cat([gradient.flatten() for gradient in first]).norm()
    with torch.no_grad():
        for parameter, gradient in zip(by_hand.parameters(), first, strict=True):
            parameter += 0.3 * gradient / length
    second = gradients()
    for trained, stood, gradient in zip(module.parameters(), start, second, strict=True):
        assert torch.allclose(trained, stood - 0.5 * gradient, atol=1e-6)


def test_batch_statistics_are_those_of_where_the_network_stands():
    images, labels = easy()
    parts = [nn.Sequential(nn.Flatten(), nn.BatchNorm1d(36), nn.Linear(36, CLASSES)) for _ in range(2)]
    train(parts[0], sam, {**ONE_STEP, "rho": 5.0}, images, labels, seed=0)
    parts[1].train()(pixels(images))
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        assert torch.allclose(getattr(parts[0][1], name), getattr(parts[1][1], name))
    assert parts[0][1].track_running_stats
