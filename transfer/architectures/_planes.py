"""Techniques that tell classes apart by a plane each: their answers are linear in the pixels."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from transfer.architectures._fitted import Fitted, fitted
from transfer.shapes import Labels, Pixels


class Planes(Fitted):
    """A plane for each class, found by an estimator of scikit-learn; the logits are its decision values."""

    weight: Tensor
    bias: Tensor

    def __init__(self, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__(shape, classes)
        self.hold(weight=torch.randn(classes, self.pixels) / self.pixels**0.5, bias=torch.zeros(classes))

    def estimator(self, images: int, seed: int) -> Any:
        """What scikit-learn fits, for so many images."""
        raise NotImplementedError

    def fit(self, images: Pixels, labels: Labels, seed: int) -> None:
        found = fitted(self.estimator(len(images), seed), images, labels)
        bias = torch.as_tensor(found.intercept_).reshape(-1)
        weight = torch.as_tensor(found.coef_).reshape(len(bias), -1)
        if len(bias) == 1 < self.classes:  # of two classes there is one plane, and its side decides
            weight, bias = torch.cat([-weight, weight]) / 2, torch.cat([-bias, bias]) / 2
        self.hold(weight=weight, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        return F.linear(images.flatten(1), self.weight, self.bias)
