"""Pools of adversarial examples for the outputs of layers."""

import pytest
import torch
from torch import nn

from tests.transfer.recipes.easy import CLASSES, SHAPE, easy, same, untrained, weights
from transfer.architectures.lenet import lenet
from transfer.architectures.mlp import mlp
from transfer.architectures.resnet import resnet
from transfer.attacks.fgsm import fgsm
from transfer.attacks.lbfgs import lbfgs
from transfer.draws import Draws
from transfer.recipes._adversary import adversary
from transfer.recipes._chain import cut
from transfer.recipes._fit import Batch
from transfer.recipes._layer_pool import LayerPool
from transfer.recipes.pool import pool
from transfer.train import build, pixels

FGSM = adversary(fgsm, {"epsilon": 0.2})


def batch_of(count=60):
    images, labels = easy(count)
    return Batch(pixels(images), labels, Draws("batch", range(count)))


def pool_of(module, layer=1, size=50, attack=FGSM):
    return LayerPool(module, layer, attack, size, Draws("pool", range(300)))


@pytest.mark.parametrize(("architecture", "layers"), [(mlp, 3), (lenet, 5)])
def test_what_is_below_and_above_a_cut_is_the_network(architecture, layers):
    module = build(architecture, {}, (1, 28, 28), 10).eval()
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    for layer in range(layers):
        below, above = cut(module, layer)
        assert torch.allclose(above(below(images)), module(images), atol=1e-6)
        assert sum(any(True for _ in part.parameters()) for part in below) == layer
    with pytest.raises(ValueError, match=f"a chain of {layers} layers, so 0 to {layers - 1} can be named"):
        cut(module, layers)


def test_a_network_that_is_no_chain_has_a_pool_of_pixels_alone():
    module = build(resnet, {}, (3, 32, 32), 10).eval()
    images = torch.rand(2, 3, 32, 32)
    below, above = cut(module, 0)
    assert torch.equal(below(images), images) and torch.allclose(above(images), module(images), atol=1e-5)


def test_what_is_found_at_a_layer_fools_the_layers_above_and_stays_within_the_layer_s_range():
    module = untrained(pool, mlp, hidden=(16, 16), activation="sigmoid").eval()
    batch = batch_of()
    layered = pool_of(module, layer=2, attack=adversary(lbfgs, {}))
    with torch.no_grad():
        outputs = layered.below(batch.images)
    points = layered.found(batch, len(outputs))
    assert points.shape == outputs.shape
    assert points.min() >= outputs.min() - 1e-6 and points.max() <= outputs.max() + 1e-6
    assert (layered.above(points).argmax(dim=1) != batch.labels).all()
    assert (layered.above(outputs).argmax(dim=1) == batch.labels).any()


def test_an_example_is_a_budget_away_in_shares_of_the_range():
    module = untrained(pool, mlp, hidden=(16,)).eval()
    batch = batch_of()
    layered = pool_of(module)
    with torch.no_grad():
        outputs = layered.below(batch.images)
    away = (layered.found(batch, len(outputs)) - outputs).abs().amax()
    assert away.item() == pytest.approx(0.2 * (outputs.max() - outputs.min()).item(), rel=1e-4)


def test_a_pool_fills_up_to_its_size_and_then_some_make_room_for_others():
    layered = pool_of(untrained(pool, mlp, hidden=(16,)), size=50)
    batch = batch_of()
    for held in (20, 40, 40):
        before = layered.points.clone()
        layered.renew(batch, 20)
        assert len(layered.points) == len(layered.labels) == held
    is_kept = (layered.points == before).all(dim=1)
    assert 20 <= is_kept.sum() < 40


def test_the_pool_of_a_layer_trains_the_layers_above_it():
    start = untrained(pool, mlp, hidden=(8, 8)).state_dict()
    settings = {"hidden": (8, 8), "share": 1.0, "attack": FGSM}
    moved = weights(pool, layers=(1,), **settings)
    names = [name for name in start if not torch.equal(start[name], moved[name])]
    assert {name.split(".")[0] for name in names} == {"3", "5"}
    moved = weights(pool, layers=(0, 2), **settings)
    assert not any(torch.equal(start[name], moved[name]) for name in start)


def test_pools_are_taken_in_turn_and_only_some_steps_attack():
    asked = []

    def noting(model, images, labels, draws, goals=None):
        asked.append((tuple(images.shape[1:]), len(images)))
        return images

    settings = {"layers": (0, 1), "every": 2, "replaced": 10, "attack": noting, "epochs": 1, "batch": 50}
    weights(pool, **settings)  # 6 steps: turns 0, 1, 2 of each layer
    pixel, unit = ((*SHAPE,), 10), ((8, 1, 1), 10)
    assert asked == [pixel, unit, pixel, unit]


def test_the_same_seed_gives_the_same_pool():
    settings = {"layers": (0, 1, 2), "hidden": (8, 8), "size": 60, "replaced": 20, "every": 1}
    assert same(weights(pool, **settings), weights(pool, **settings))
    assert CLASSES == 3 and isinstance(cut(nn.Linear(2, 2), 0)[1], nn.Sequential)
