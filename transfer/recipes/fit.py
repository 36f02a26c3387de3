"""Fitting of what is no neural network."""

from torch import nn

from transfer.architectures._fitted import Fitted
from transfer.draws import Draws
from transfer.shapes import Labels, Pixels


def fit(module: nn.Module, images: Pixels, labels: Labels, *, draws: Draws) -> nn.Module:
    """Lets a technique that is no neural network fit itself: knn, svm, decision_tree, random_forest and their like.

    Raises TypeError for a network, ValueError where a class has no image.
    """
    if not isinstance(module, Fitted):
        raise TypeError(f"{type(module).__name__} does not fit itself; give it a recipe that trains it, such as sgd")
    counts = labels.bincount(minlength=module.classes)
    if not counts.all():
        text = f"class {int(counts.argmin())} has none of the {len(labels):,} images"
        raise ValueError(f"{text}; fit {type(module).__name__} on a split that holds all classes")
    module.fit(images, labels, int(draws.below(2**31 - 1)[0]))
    return module
