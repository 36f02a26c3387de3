"""Training the MNIST networks against a loop written by hand over the same batches, and against training them stacked.

Wanted: at most 1.5 times the loop by hand. Stacked training (models of one architecture as one, torch.func's
stack_module_state and vmap) is measured here and not built, since it gains less than 1.5: see docs/decisions.
"""

from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from benchmarks.timing import compare
from transfer import catalog, datasets
from transfer.draws import Draws
from transfer.recipes.sgd import sgd
from transfer.stages import settle
from transfer.tasks import Choice
from transfer.train import build, train

NETWORKS = {"mlp": {"hidden": (100, 100)}, "lenet": {}}
IMAGES, BATCH, RATE, MOMENTUM = 6000, 128, 0.1, 0.9
MODELS = 8  # trained together


def network(name: str, seed: int = 0) -> nn.Module:
    return build(catalog.load("architectures", name), NETWORKS[name], (1, 28, 28), 10, seed)


def orders(seed: int) -> Sequence[Tensor]:
    """The batches of an epoch, as the recipe draws them."""
    return Draws(f"recipe {seed}", torch.arange(IMAGES)).order().split(BATCH)


def by_recipe(name: str, images: Tensor, labels: Tensor, seed: int = 0) -> nn.Module:
    torch.use_deterministic_algorithms(True)
    settings = {"epochs": 1, "batch": BATCH, "learning_rate": RATE, "momentum": MOMENTUM, "schedule": "constant"}
    return train(network(name, seed), sgd, settings, images, labels, seed=seed)


def by_hand(name: str, images: Tensor, labels: Tensor, seed: int = 0) -> nn.Module:
    """As anyone would write it: nobody asks torch for the same numbers on every run, as a study does."""
    torch.use_deterministic_algorithms(False)
    module = network(name, seed).train()
    optimiser = torch.optim.SGD(module.parameters(), lr=RATE, momentum=MOMENTUM, fused=True)
    for chosen in orders(seed):
        optimiser.zero_grad()
        F.cross_entropy(module(images[chosen].float() / 255), labels[chosen]).backward()
        optimiser.step()
    return module


def stacked(name: str, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """As many networks at once, each on batches of its own."""
    torch.use_deterministic_algorithms(True)
    modules = [network(name, seed).train() for seed in range(MODELS)]
    weights, buffers = stack_module_state(modules)
    one = modules[0]

    def loss(weights: dict[str, Tensor], buffers: dict[str, Tensor], images: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(one, (weights, buffers), (images,)), labels)

    optimiser = torch.optim.SGD(weights.values(), lr=RATE, momentum=MOMENTUM, fused=True)
    for chosen in map(torch.stack, zip(*map(orders, range(MODELS)), strict=True)):
        optimiser.zero_grad()
        vmap(loss)(weights, buffers, images[chosen].float() / 255, labels[chosen]).sum().backward()
        optimiser.step()
    return weights


def one_by_one(name: str, images: Tensor, labels: Tensor) -> list[nn.Module]:
    return [by_recipe(name, images, labels, seed) for seed in range(MODELS)]


def check(name: str, images: Tensor, labels: Tensor) -> None:
    """All three ways lead to the same weights: nobody is faster by doing something else."""
    hand, recipe = by_hand(name, images, labels), by_recipe(name, images, labels)
    for one, other in zip(hand.parameters(), recipe.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-4)
    together = stacked(name, images, labels)
    for key, weight in recipe.named_parameters():
        torch.testing.assert_close(together[key][0], weight, rtol=0, atol=1e-2)


def main() -> None:
    settle(1)
    images, labels = (torch.tensor(part[:IMAGES]) for part in datasets.load(Choice("mnist", {}), "train"))
    for name in NETWORKS:
        check(name, images, labels)
        alone, together = (
            {way.__name__: partial(way, name, images, labels) for way in ways}
            for ways in ((by_hand, by_recipe), (stacked, one_by_one))
        )
        compare(f"training {name} on {IMAGES:,} images, batches of {BATCH}", alone, wanted="at most 1.5")
        compare(f"training {MODELS} of {name}", together, rounds=3)


if __name__ == "__main__":
    main()
