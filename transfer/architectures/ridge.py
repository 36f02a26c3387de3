"""Ridge regression on the classes."""

from typing import Any

from torch import nn

from transfer.architectures._fitted import scikit_learn
from transfer.architectures._planes import Planes


class Ridge(Planes):
    """A plane for each class that is to be 1 on its images and -1 on all others."""

    def __init__(self, shape: tuple[int, int, int], classes: int, weight_decay: float) -> None:
        super().__init__(shape, classes)
        self.weight_decay = weight_decay

    def estimator(self, images: int, seed: int) -> Any:
        return scikit_learn("linear_model").RidgeClassifier(alpha=self.weight_decay * images)


def ridge(shape: tuple[int, int, int], classes: int, *, weight_decay: float = 1e-2) -> nn.Module:
    """Least squares on the classes, fitted by scikit-learn: the mean squared error and weight_decay * |w|^2."""
    return Ridge(shape, classes, weight_decay)
