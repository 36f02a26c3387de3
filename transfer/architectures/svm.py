"""Support vector machines."""

from typing import Any, Literal

import torch
from torch import Tensor, nn

from transfer.architectures._fitted import Fitted, fitted, pixel_rows, scikit_learn, squared_distances
from transfer.architectures._planes import Planes
from transfer.shapes import Labels, Pixels

COST = {"linear": 0.01, "rbf": 10.0}  # the best of a few on 10,000 images of MNIST


class LinearMachine(Planes):
    """A machine for each class against the rest, linear in the pixels."""

    def __init__(self, shape: tuple[int, int, int], classes: int, cost: float) -> None:
        super().__init__(shape, classes)
        self.cost = cost

    def estimator(self, images: int, seed: int) -> Any:
        return scikit_learn("svm").LinearSVC(C=self.cost, random_state=seed, max_iter=10_000)


class KernelMachine(Fitted):
    """A machine for each class against the rest: a weighted sum of Gaussians around training images."""

    support: Tensor  # training images as bytes: of all machines together, each once
    weight: Tensor  # of each image in each machine
    bias: Tensor
    gamma: Tensor

    def __init__(self, shape: tuple[int, int, int], classes: int, cost: float, gamma: float | None) -> None:
        super().__init__(shape, classes)
        self.cost, self.given_gamma = cost, gamma
        support = torch.randint(256, (classes, self.pixels), dtype=torch.uint8)
        self.hold(support=support, weight=torch.eye(classes), bias=torch.zeros(classes))
        self.hold(gamma=torch.tensor(gamma or 6 / self.pixels))

    def fit(self, images: Pixels, labels: Labels, seed: int) -> None:
        gamma = self.given_gamma or 1 / (self.pixels * float(pixel_rows(images).var()))
        machine = scikit_learn("svm").SVC(C=self.cost, gamma=gamma, cache_size=500)
        weight, bias = torch.zeros(self.classes, len(images)), []
        for number in range(self.classes):
            found = fitted(machine, images, labels == number)
            weight[number, torch.from_numpy(found.support_).long()] = torch.from_numpy(found.dual_coef_[0]).float()
            bias.append(float(found.intercept_[0]))
        used = weight.any(dim=0)
        self.hold(support=images.flatten(1)[used], weight=weight[:, used], bias=torch.tensor(bias))
        self.hold(gamma=torch.tensor(gamma))

    def forward(self, images: Tensor) -> Tensor:
        return (-self.gamma * squared_distances(images, self.support)).exp() @ self.weight.T + self.bias


def svm(
    shape: tuple[int, int, int],
    classes: int,
    *,
    kernel: Literal["linear", "rbf"] = "linear",
    cost: float | None = None,
    gamma: float | None = None,
) -> nn.Module:
    """Support vector machines, one against the rest for each class, fitted by scikit-learn; logits are their values.

    `cost` is C of Cortes & Vapnik 1995, what an image within the margin costs (0.01 for the linear kernel, where the
    cost is squared, 10 for the other). The kernel `rbf` is exp(-gamma |x - z|^2), by default with one over the number
    of pixels times their variance for gamma, as scikit-learn has it.
    """
    if kernel == "linear":
        if gamma is not None:
            raise ValueError("the linear kernel has no gamma; leave it out, or choose the kernel rbf")
        return LinearMachine(shape, classes, cost or COST[kernel])
    return KernelMachine(shape, classes, cost or COST[kernel], gamma)
