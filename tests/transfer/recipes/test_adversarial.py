"""Adversarial training and its control, noise."""

import pytest
import torch
import torch.nn.functional as F

from tests.transfer.recipes.easy import CLASSES, SHAPE, easy
from transfer.architectures.linear import linear
from transfer.architectures.mlp import mlp
from transfer.attacks.fgsm import fgsm
from transfer.draws import Draws
from transfer.recipes._adversary import adversary
from transfer.recipes.adversarial import adversarial
from transfer.recipes.noise_training import noise_training
from transfer.recipes.sgd import sgd
from transfer.train import build, pixels, train

ONE_STEP = {"epochs": 1, "batch": 300, "schedule": "constant", "learning_rate": 0.5, "momentum": 0.0}
EPSILON = 0.1


def test_a_step_goes_down_the_loss_on_the_batch_and_on_what_the_attack_makes_of_it():
    images, labels = easy()
    module, by_hand = (build(linear, {}, SHAPE, CLASSES) for _ in range(2))
    settings = {**ONE_STEP, "attack": adversary(fgsm, {"epsilon": EPSILON}), "clean_share": 0.25}
    train(module, adversarial, settings, images, labels, seed=0)
    crafted = fgsm(by_hand, pixels(images), labels, epsilon=EPSILON)
    clean, robust = (F.cross_entropy(by_hand(one), labels) for one in (pixels(images), crafted))
    gradients = torch.autograd.grad(0.25 * clean + 0.75 * robust, list(by_hand.parameters()))
    for trained, start, gradient in zip(module.parameters(), by_hand.parameters(), gradients, strict=True):
        assert torch.allclose(trained, start.detach() - 0.5 * gradient, atol=1e-6)


def test_what_is_trained_on_attacks_withstands_them_and_what_is_trained_on_noise_does_not():
    images, labels = easy()
    epsilon, right = 0.2, {}
    attack = adversary(fgsm, {"epsilon": epsilon})
    arms = {"plain": (sgd, {}), "noise": (noise_training, {"epsilon": epsilon})}
    arms["adversarial"] = (adversarial, {"attack": attack})
    for name, (recipe, settings) in arms.items():
        module = build(mlp, {"hidden": (32,)}, SHAPE, CLASSES)
        module = train(module, recipe, {"epochs": 10, "batch": 50, **settings}, images, labels, seed=0)
        crafted = fgsm(module, pixels(images), labels, epsilon=epsilon)
        right[name] = int((module(crafted).argmax(dim=1) == labels).sum())
    assert right["adversarial"] > right["plain"] + 50
    assert right["adversarial"] > right["noise"] + 30


@pytest.mark.parametrize(
    ("noise", "deviation", "largest"), [("signs", 0.1, 0.1), ("uniform", 0.1 / 3**0.5, 0.1), ("normal", 0.1, 1.0)]
)
def test_noise_has_the_size_and_the_form_that_are_asked_for(noise, deviation, largest):
    seen = []

    class Noting(torch.nn.Linear):
        def forward(self, images):
            seen.append(images.detach())
            return super().forward(images.flatten(1))

    grey = torch.full((400, 1, 6, 6), 128, dtype=torch.uint8)
    settings = {"epsilon": 0.1, "noise": noise, "epochs": 2, "batch": 400}
    train(Noting(36, 3), noise_training, settings, grey, torch.arange(400) % 3, seed=0)
    added = torch.stack(seen) - 128 / 255
    assert added.std().item() == pytest.approx(deviation, rel=0.05)
    assert added.abs().max() <= largest + 1e-6
    assert not torch.equal(added[0], added[1]), "an epoch has the noise of another"


def test_noise_stays_in_the_box():
    recorded = []

    class Noting(torch.nn.Linear):
        def forward(self, images):
            recorded.append(images.detach())
            return super().forward(images.flatten(1))

    black = torch.zeros(20, 1, 6, 6, dtype=torch.uint8)
    train(Noting(36, 3), noise_training, {"epochs": 1, "noise": "normal"}, black, torch.arange(20) % 3, seed=0)
    assert recorded[0].min() == 0 and recorded[0].max() <= 1


def test_each_image_s_attack_has_its_own_draws():
    taken = {}

    def noting(model, images, labels, *, draws: Draws):
        for label, value in zip(labels.tolist(), draws.uniform().tolist(), strict=True):
            taken.setdefault(label, []).append(value)
        return images

    images, labels = easy(60)
    for batch in (7, 60):
        module = build(linear, {}, SHAPE, CLASSES)
        settings = {**ONE_STEP, "batch": batch, "attack": adversary(noting, {})}
        train(module, adversarial, settings, images, labels, seed=0)
    for values in taken.values():
        assert sorted(values[:20]) == sorted(values[20:])
