"""Logistic regression."""

from typing import Any

from torch import nn

from transfer.architectures._fitted import scikit_learn
from transfer.architectures._planes import Planes


class LogisticRegression(Planes):
    """Softmax over planes, fitted to the end."""

    def __init__(self, shape: tuple[int, int, int], classes: int, weight_decay: float, iterations: int) -> None:
        super().__init__(shape, classes)
        self.weight_decay, self.iterations = weight_decay, iterations

    def estimator(self, images: int, seed: int) -> Any:
        cost = 1 / (self.weight_decay * images)
        return scikit_learn("linear_model").LogisticRegression(C=cost, max_iter=self.iterations)


def logistic_regression(
    shape: tuple[int, int, int], classes: int, *, weight_decay: float = 1e-3, iterations: int = 1000
) -> nn.Module:
    """Multinomial logistic regression, fitted by scikit-learn: the mean cross entropy and weight_decay / 2 * |w|^2.

    The network of `linear`, whose minimum L-BFGS finds here in at most so many iterations.
    """
    return LogisticRegression(shape, classes, weight_decay, iterations)
