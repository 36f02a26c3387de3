"""Images that any recipe learns, and recipes with the settings that they cannot do without."""

import inspect
import sys

import torch

from transfer.architectures.mlp import mlp
from transfer.attacks.fgsm import fgsm
from transfer.recipes._adversary import adversary
from transfer.train import build, train

SHAPE, CLASSES = (1, 6, 6), 3


def easy(count=300):
    """Bright rows: class k has row k lit, with noise."""
    labels = torch.arange(count) % CLASSES
    noise = torch.randint(0, 60, (count, *SHAPE), generator=torch.Generator().manual_seed(0))
    for image, label in zip(noise, labels, strict=True):
        image[0, label] += 120
    return noise.byte(), labels


def needed(recipe, **settings):
    """The settings without a default, one that is too large for few images, and those that are given."""
    own = {"attack": adversary(fgsm, {"epsilon": 0.05}), "target": brightest_row, "fooling": 30}
    takes = inspect.signature(recipe).parameters
    return {**{name: value for name, value in own.items() if name in takes}, **settings}


def brightest_row(images):
    """A model that knows the answer."""
    return images[:, 0, :CLASSES].mean(dim=2)


def untrained(recipe, architecture, seed=0, **settings):
    """A network of as many answers as the recipe asks for."""
    extra = getattr(sys.modules[recipe.__module__], "EXTRA_CLASSES", 0)
    return build(architecture, settings, SHAPE, CLASSES + extra, seed)


def weights(recipe, *, architecture=mlp, hidden=(8,), trace=None, seed=0, data=None, **settings):
    """What a recipe makes of a small network, as its weights."""
    shape = {"hidden": hidden} if hidden else {}
    module = untrained(recipe, architecture, **shape)
    given = needed(recipe, **{"epochs": 2, "batch": 50, **settings})
    return train(module, recipe, given, *(data or easy()), seed=seed, trace=trace).state_dict()


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
