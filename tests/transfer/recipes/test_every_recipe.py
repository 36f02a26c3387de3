"""What every recipe is when it adds nothing, and what holds of all of them."""

import inspect

import pytest
import torch
from torch import nn

from tests.transfer.recipes.easy import CLASSES, easy, needed, same, untrained, weights
from transfer import catalog
from transfer.architectures.lenet import lenet
from transfer.architectures.mlp import mlp
from transfer.attacks.fgsm import fgsm
from transfer.attacks.pgd import pgd
from transfer.draws import Draws
from transfer.recipes._adversary import adversary
from transfer.recipes.adversarial import adversarial
from transfer.recipes.background_class import background_class
from transfer.recipes.noise_training import noise_training
from transfer.recipes.pool import pool
from transfer.recipes.sam import sam
from transfer.recipes.sgd import sgd
from transfer.train import build, train

# Those that tell of their epochs: one loop over shuffled batches. The others have tests of their own.
LOOPS = [
    recipe
    for recipe in (catalog.load("recipes", name) for name in catalog.names("recipes"))
    if "trace" in inspect.signature(recipe).parameters
]


def normed(shape, classes):
    """A network with batch normalisation and dropout."""
    layers = [nn.Conv2d(shape[0], 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.2)]
    return nn.Sequential(*layers, nn.Linear(4 * (shape[1] - 2) * (shape[2] - 2), classes))


@pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        (adversarial, {"attack": adversary(fgsm, {"epsilon": 0.0})}),
        (adversarial, {"attack": adversary(fgsm, {"epsilon": 0.3}), "clean_share": 1.0}),
        (pool, {"share": 0.0}),
        (noise_training, {"epsilon": 0.0, "noise": "normal"}),
        (sam, {"rho": 0.0}),
        (sgd, {"label_smoothing": 0.0, "crop_padding": 0, "flip": False}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_recipe_that_adds_nothing_is_gradient_descent(recipe, settings):
    plain = weights(sgd, weight_decay=1e-3)
    assert all(torch.allclose(plain[name], one) for name, one in weights(recipe, weight_decay=1e-3, **settings).items())


@pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        (adversarial, {}),
        (pool, {}),
        (noise_training, {}),
        (sam, {}),
        (sgd, {"label_smoothing": 0.1}),
        (sgd, {"crop_padding": 1}),
        (sgd, {"flip": True}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_and_one_that_adds_something_is_not(recipe, settings):
    assert not same(weights(sgd), weights(recipe, **settings))


def test_a_background_class_without_a_second_round_is_gradient_descent_with_an_answer_too_many():
    wide = build(mlp, {"hidden": (8,)}, (1, 6, 6), CLASSES + 1)
    plain = train(wide, sgd, {"epochs": 2, "batch": 50}, *easy(), seed=0).state_dict()
    assert same(plain, weights(background_class, rounds=1))


@pytest.mark.parametrize("recipe", LOOPS, ids=lambda recipe: recipe.__name__)
def test_networks_with_batch_normalisation_and_dropout_can_be_trained_and_repeat_themselves(recipe):
    trained = [
        train(untrained(recipe, normed), recipe, needed(recipe, epochs=2, batch=100), *easy(), seed=seed)
        for seed in (0, 0, 1)
    ]
    states = [module.state_dict() for module in trained]
    assert same(states[0], states[1]) and not same(states[0], states[2])
    assert all(tensor.isfinite().all() for tensor in states[0].values())
    assert states[0]["1.running_mean"].abs().sum() > 0
    assert not trained[0].training


@pytest.mark.parametrize("recipe", LOOPS, ids=lambda recipe: recipe.__name__)
def test_a_network_on_its_way_is_what_a_training_that_ends_there_makes(recipe):
    kept = {}

    def trace(epoch, module):
        kept[epoch] = {name: tensor.clone() for name, tensor in module.state_dict().items()}

    whole = weights(recipe, epochs=4, schedule="constant", trace=trace, **one_round(recipe))
    assert list(kept) == [0, 1, 2, 3, 4]
    assert same(kept[4], whole)
    assert same(kept[2], weights(recipe, epochs=2, schedule="constant", **one_round(recipe)))
    assert same(whole, weights(recipe, epochs=4, schedule="constant", **one_round(recipe))), "being looked at changes"


def one_round(recipe):
    # Rounds share the epochs: those of a shorter training end elsewhere.
    return {"rounds": 1} if recipe is background_class else {}


def test_the_schedule_belongs_to_the_whole_training():
    kept = {}
    weights(sgd, epochs=4, trace=lambda epoch, module: kept.update({epoch: module[1].weight.detach().clone()}))
    assert not torch.equal(kept[2], weights(sgd, epochs=2)["1.weight"])


def test_dropout_of_lenet_is_none_unless_it_is_asked_for_and_then_comes_from_the_seed():
    shape, data = (1, 28, 28), (torch.zeros(20, 1, 28, 28, dtype=torch.uint8), torch.arange(20) % 10)
    names = [list(build(lenet, {"dropout": share}, shape, 10).state_dict()) for share in (0.0, 0.5)]
    assert len(names[0]) == len(names[1])
    seeds = (0, 0, 1)
    made = [train(build(lenet, {"dropout": 0.5}, shape, 10), sgd, {"epochs": 1}, *data, seed=seed) for seed in seeds]
    states = [module.state_dict() for module in made]
    assert same(states[0], states[1]) and not same(states[0], states[2])


def test_an_attack_in_training_is_the_attack_itself():
    images, labels = torch.rand(6, 1, 6, 6, generator=torch.Generator().manual_seed(1)), torch.arange(6) % CLASSES
    module = untrained(sgd, normed).train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    settings = {"epsilon": 0.1, "steps": 3, "random_start": True}
    made = adversary(pgd, settings)(module, images, labels, Draws(0, range(6)))
    assert module.training and all(parameter.requires_grad for parameter in module.parameters())
    assert same(before, module.state_dict()), "batch statistics moved"
    assert torch.equal(made, pgd(module.eval(), images, labels, draws=Draws(0, range(6)), **settings))
    alone = adversary(pgd, settings)(module, images[2:3], labels[2:3], Draws(0, [2]))
    assert torch.allclose(alone, made[2:3], atol=1e-6)
