"""A network is what its seed, its images and its recipe make it."""

import inspect

import pytest
import torch
from torch import nn

from tests.transfer.recipes.easy import CLASSES, SHAPE, easy, needed, untrained
from transfer import catalog
from transfer.architectures.linear import linear
from transfer.architectures.mlp import mlp
from transfer.recipes._fit import decayed
from transfer.recipes.adam import adam
from transfer.recipes.sgd import sgd
from transfer.train import build, logits_of, pixels, score, train

OWN_NETWORK = {"layerwise": "autoencoder", "fit": "knn"}  # what some recipes cannot do without
RECIPES = [catalog.load("recipes", name) for name in catalog.names("recipes")]


@pytest.mark.parametrize("name", catalog.names("architectures"))
def test_every_architecture_gives_logits_from_its_seed_alone(name):
    function = catalog.load("architectures", name)
    shape = (1, 28, 28)
    first, again, other = (build(function, {}, shape, 10, seed) for seed in (0, 0, 1))
    pictures = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0))
    assert first.eval()(pictures).shape == (2, 10)
    assert torch.equal(first(pictures), again.eval()(pictures))
    assert not torch.equal(first(pictures), other.eval()(pictures))


def test_building_and_training_leave_the_process_s_random_state_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    module = build(mlp, {"hidden": (8,)}, SHAPE, CLASSES, 0)
    train(module, adam, {"epochs": 1}, *easy(), seed=0)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
def test_every_recipe_learns_what_is_easy_and_repeats_itself(recipe):
    architecture = catalog.load("architectures", OWN_NETWORK.get(recipe.__name__, "linear"))
    settings = needed(recipe, **({"epochs": 30} if "epochs" in inspect.signature(recipe).parameters else {}))
    trained = []
    for _ in range(2):
        module = untrained(recipe, architecture)
        trained.append(train(module, recipe, settings, *easy(), seed=0))
    assert score(trained[0], *easy()).right >= 280
    assert all(torch.equal(one, two) for one, two in zip(*(m.state_dict().values() for m in trained), strict=True))
    assert not trained[0].training and not any(weight.requires_grad for weight in trained[0].parameters())


def test_a_loss_that_is_not_finite_stops_training_with_where_and_what_to_do():
    module = build(mlp, {"hidden": (8,)}, SHAPE, CLASSES, 0)
    with pytest.raises(FloatingPointError, match=r"epoch 1, step \d+ of 3\. Lower the learning rate \(now 1e\+30\)"):
        train(module, sgd, {"learning_rate": 1e30, "epochs": 2}, *easy(), seed=0)


def test_the_paper_s_penalty_has_the_gradient_of_lambda_sum_w2_over_units():
    module = linear(SHAPE, CLASSES)
    weight = next(module.parameters())
    penalty = (0.3 * weight.square().sum() / CLASSES).backward()
    assert penalty is None
    (group,) = [group for group in decayed(module, 0.3, "l2_per_unit") if group["weight_decay"]]
    assert torch.allclose(weight.grad, group["weight_decay"] * weight.detach())


def test_weight_decay_may_be_one_number_a_layer_and_biases_never_decay():
    module = mlp(SHAPE, CLASSES, hidden=(8, 8))
    groups = decayed(module, (0.1, 0.2, 0.3), "l2")
    assert [group["weight_decay"] for group in groups] == [0.1, 0.2, 0.3, 0.0]
    assert all(parameter.ndim == 1 for parameter in groups[-1]["params"])
    with pytest.raises(ValueError, match="2 numbers, the network 3 layers"):
        decayed(module, (0.1, 0.2), "l2")


def test_weight_decay_shrinks_weights():
    sizes = []
    for amount in (0.0, 1.0):
        module = train(build(linear, {}, SHAPE, CLASSES), sgd, {"weight_decay": amount, "epochs": 3}, *easy(), seed=0)
        sizes.append(next(module.parameters()).norm().item())
    assert sizes[1] < sizes[0]


def test_the_loop_is_the_one_written_by_hand():
    images, labels = easy()
    module = build(linear, {}, SHAPE, CLASSES, 0)
    by_hand = build(linear, {}, SHAPE, CLASSES, 0)
    settings = {"epochs": 1, "batch": 300, "schedule": "constant", "learning_rate": 0.5, "momentum": 0.0}
    train(module, sgd, settings, images, labels, seed=0)
    nn.functional.cross_entropy(by_hand(images.float() / 255), labels).backward()
    for trained, start in zip(module.parameters(), by_hand.parameters(), strict=True):
        assert torch.allclose(trained, start.detach() - 0.5 * start.grad, atol=1e-6)


def test_logits_do_not_depend_on_how_images_are_cut_and_bytes_are_pixels():
    module = build(mlp, {"hidden": (8,)}, SHAPE, CLASSES, 0)
    images, _ = easy(50)
    assert torch.allclose(logits_of(module, images, 7), logits_of(module, pixels(images), 50), atol=1e-6)
    assert pixels(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [0.0, 1.0]
