"""One answer more, for what is nothing."""

import torch

from tests.transfer.recipes.easy import CLASSES, SHAPE, easy, needed, untrained, weights
from transfer.architectures.linear import linear
from transfer.architectures.mlp import mlp
from transfer.architectures.rbf import rbf
from transfer.recipes.background_class import background_class, fooling_images, outputs_of
from transfer.train import score, train

NOTHING = CLASSES


def test_a_linear_network_is_fooled_along_the_difference_of_two_templates():
    module = untrained(background_class, linear)
    images, goals = torch.full((3, *SHAPE), 0.5), torch.tensor([0, 1, 2])
    made = fooling_images(module, images, goals, steps=1, step_size=0.01)
    templates = module[1].weight.detach()
    others = module(images).detach().scatter(1, goals[:, None], -torch.inf).argmax(dim=1)
    away = templates[goals] - templates[others]
    rms = away.square().mean(dim=1, keepdim=True).sqrt()
    assert torch.allclose((made - images).flatten(1), 0.01 * away / rms, atol=1e-6)


def test_fooling_images_fool_also_where_nothing_is_the_usual_answer():
    module = untrained(background_class, linear)
    with torch.no_grad():
        module[1].bias[NOTHING] += 1
    images, goals = torch.rand(30, *SHAPE), torch.arange(30) % CLASSES
    assert (module(images).argmax(dim=1) == NOTHING).all()
    made = fooling_images(module, images, goals, steps=20, step_size=0.05)
    assert (module(made).argmax(dim=1) == goals).all()


def test_fooling_images_from_noise_are_caught_by_the_next_round_and_digits_are_not():
    images, labels = easy()
    caught = {}

    def trace(epoch, module):
        noise = torch.rand(200, *SHAPE, generator=torch.Generator().manual_seed(1))
        fresh = fooling_images(module, noise, torch.arange(200) % CLASSES, steps=2, step_size=0.02)
        caught[epoch] = int((module(fresh).argmax(dim=1) == NOTHING).sum())

    module = untrained(background_class, mlp, hidden=(32,))
    settings = needed(background_class, rounds=2, epochs=20, batch=50, steps=2, step_size=0.02)
    module = train(module, background_class, settings, images, labels, seed=0, trace=trace)
    assert list(caught) == list(range(21))
    assert caught[10] <= 10 and caught[20] >= 100
    assert score(module, images, labels).right >= 280


def test_rounds_share_epochs_that_do_not_divide_and_more_rounds_than_epochs_are_fewer():
    for epochs, rounds in ((5, 2), (2, 5)):
        told = []
        weights(background_class, epochs=epochs, rounds=rounds, trace=lambda epoch, _, told=told: told.append(epoch))
        assert told == list(range(epochs + 1))


def test_fooling_images_may_start_from_images_and_a_radial_network_learns_too():
    module = untrained(background_class, rbf)
    assert outputs_of(module, easy()[0]) == CLASSES + 1
    settings = {"epochs": 12, "rounds": 3, "batch": 50, "start": "images", "learning_rate": 0.02}
    trained = train(module, background_class, settings, *easy(), seed=0)
    assert score(trained, *easy()).right >= 270
