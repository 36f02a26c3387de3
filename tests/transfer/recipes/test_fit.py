"""What a step of the loop is: its rate, its draws, its loss."""

import pytest
import torch
import torch.nn.functional as F

from tests.transfer.recipes.easy import CLASSES, SHAPE, easy
from transfer.architectures.linear import linear
from transfer.draws import Draws
from transfer.recipes._fit import descent, fit, rate_at
from transfer.recipes.sgd import sgd
from transfer.train import build, train


def test_the_rate_falls_from_all_to_nothing_or_stays():
    assert [rate_at(part, "cosine") for part in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.5, 0.0])
    assert {rate_at(part, "constant") for part in (0.0, 0.5, 1.0)} == {1.0}


def test_each_image_has_draws_of_its_own_that_are_others_in_every_epoch():
    seen = {batch: [] for batch in (30, 300)}
    for batch, noted in seen.items():
        images, labels = easy()

        def see(pixels, draws, noted=noted):
            noted.append(torch.stack([pixels.flatten(1).sum(dim=1).double(), draws.uniform()]))
            return pixels

        module = build(linear, {}, SHAPE, CLASSES)
        optimiser = descent(module, learning_rate=0.1, momentum=0.0)
        settings = {"epochs": 2, "batch": batch, "schedule": "constant", "see": see}
        fit(module, images, labels, draws=Draws(0, range(300)), optimiser=optimiser, **settings)
    by_one, by_all = (torch.cat(noted, dim=1) for noted in seen.values())
    assert torch.allclose(by_one, by_all, atol=1e-4), "draws depend on the batch"
    assert len(by_all[1].unique()) == 600, "a draw comes twice"


def test_smoothed_labels_are_asked_for_evenly():
    images, labels = easy()
    module, by_hand = (build(linear, {}, SHAPE, CLASSES) for _ in range(2))
    settings = {"epochs": 1, "batch": 300, "schedule": "constant", "learning_rate": 0.5, "momentum": 0.0}
    train(module, sgd, {**settings, "label_smoothing": 0.3}, images, labels, seed=0)
    wanted = 0.7 * F.one_hot(labels, CLASSES) + 0.3 / CLASSES
    loss = -(wanted * by_hand(images.float() / 255).log_softmax(dim=1)).sum(dim=1).mean()
    gradients = torch.autograd.grad(loss, list(by_hand.parameters()))
    for trained, start, gradient in zip(module.parameters(), by_hand.parameters(), gradients, strict=True):
        assert torch.allclose(trained, start.detach() - 0.5 * gradient, atol=1e-6)
