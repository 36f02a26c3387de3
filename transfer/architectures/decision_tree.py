"""A decision tree."""

from typing import Any

from torch import nn

from transfer.architectures._fitted import scikit_learn
from transfer.architectures._trees import Trees

GRADIENT = False


class DecisionTree(Trees):
    """One tree, which looks at every pixel for each of its questions."""

    def __init__(self, shape: tuple[int, int, int], classes: int, leaf: int) -> None:
        super().__init__(shape, classes, 1)
        self.leaf = leaf

    def estimators(self, seed: int) -> Any:
        return scikit_learn("tree").DecisionTreeClassifier(min_samples_leaf=self.leaf, random_state=seed)


def decision_tree(shape: tuple[int, int, int], classes: int, *, leaf: int = 1) -> nn.Module:
    """A decision tree grown by scikit-learn (CART, Breiman et al. 1984) until leaves are pure, or hold `leaf` images.

    Its answers are steps and have no gradient; the attack `tree_leaf` follows its nodes.
    """
    return DecisionTree(shape, classes, leaf)
