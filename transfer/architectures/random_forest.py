"""A random forest."""

from typing import Any

from torch import nn

from transfer.architectures._fitted import scikit_learn
from transfer.architectures._trees import Trees

GRADIENT = False


class RandomForest(Trees):
    """Trees of resampled images, each question from a few random pixels."""

    def __init__(self, shape: tuple[int, int, int], classes: int, trees: int, leaf: int) -> None:
        super().__init__(shape, classes, trees)
        self.trees, self.leaf = trees, leaf

    def estimators(self, seed: int) -> Any:
        forest = scikit_learn("ensemble").RandomForestClassifier
        return forest(self.trees, min_samples_leaf=self.leaf, random_state=seed, n_jobs=1)


def random_forest(shape: tuple[int, int, int], classes: int, *, trees: int = 100, leaf: int = 1) -> nn.Module:
    """A random forest grown by scikit-learn (Breiman 2001); it predicts by the mean of its trees' leaves.

    Its answers are steps and have no gradient: it can be a target, and no surrogate of a gradient attack.
    """
    return RandomForest(shape, classes, trees, leaf)
