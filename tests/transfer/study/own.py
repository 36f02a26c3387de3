"""Small studies, and a module of functions of one's own that they name."""

MY_CODE = '''
"""Functions of one's own, as a study beside them may name them."""
from typing import Literal

REVISION = 7

def net(shape, classes, *, width: int = 8, hidden: list[int] = [5, 5], bias: bool = True):
    """A network."""

def deep(shape, classes, *, depth: int):
    """Another network."""

def slow(module, images, labels, *, draws, epochs: int = 3, weight_decay: float | tuple[float, ...] = 0.0):
    """A recipe."""

def layers(module, images, labels, *, draws, weight_decay: float = 0.0, layer_epochs: int = 1):
    """A recipe without epochs."""

def step(model, images, labels, *, epsilon: float, norm: Literal["linf", "l2"] = "linf", decay: float = 1.0):
    """An attack with a budget."""

def least(model, images, labels, *, goals, confidence: float = 0.0):
    """An attack for the smallest distortion."""

def aimed(model, images, labels, *, epsilon: float, goals=None):
    """An attack that can aim."""

def grain(images, *, epsilon, norm: Literal["linf", "rms"] = "linf", draws):
    """A control."""

def shuffled(images, perturbations, *, draws):
    """A control made from a craft."""

def letters(*, part, root: Path = "letters", size: int = 28):
    """A data set."""
'''
SMALLEST = """\
data: mnist
models: {a: {architecture: "my_code:net", recipe: "my_code:slow"}}
attacks: {step: {attack: "my_code:step", epsilon: 0.1}}
"""
FULL = """\
title: Everything
data: {name: "my_code:letters", size: 12}
splits: {A: 1/2, B: 100}
models:
  x: {architecture: {name: "my_code:net", width: [2, 3]}, seed: 4}
  y: {recipe: {weight_decay: 1e-3}, family: other}
every_model: {architecture: "my_code:net", recipe: {name: "my_code:slow", epochs: 2}, split: [A, B]}
attacks:
  step: {attack: "my_code:step", norm: l2, decay: 1/2}
  aimed: {attack: "my_code:aimed", toward: 1, also_at_rms: 0.1}
every_attack: {epsilon: [0.1, 2/10]}
ensembles: {two: [x, y], three: [y, x]}
surrogates: [y, two]
controls: ["my_code:grain"]
images: {train: 5, test: 6}
study_seed: 3
batch: 9
"""


def amended(**changes):
    """The smallest study with some of its sections written otherwise."""
    sections = {line.partition(":")[0]: line for line in SMALLEST.splitlines()}
    return "\n".join({**sections, **{key: f"{key}: {text}" for key, text in changes.items()}}.values()) + "\n"
