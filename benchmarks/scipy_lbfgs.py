"""Szegedy et al. 2014 as it is usually run: scipy's L-BFGS-B, one image and one constant at a time.

The constant starts at 1 and moves tenfold until a success and a failure enclose the largest that succeeds; eight
geometric bisections narrow that down. The smallest success is kept.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn

BISECTIONS, DECADES, MEMORY, ITERATIONS = 8, 12, 10, 50
Vector = NDArray[np.float64]


@dataclass
class OneImage:
    """One image on its way to a goal, and the smallest success so far."""

    model: nn.Module
    clean: Tensor
    goal: Tensor
    size: float = math.inf
    crafted: Tensor | None = None
    evaluations: int = 0

    def reaches(self, constant: float) -> bool:
        """Minimises at this constant, starting from the clean image; whether the minimum reaches the goal."""
        origin = self.clean.double().numpy().ravel()

        def objective(pixels: Vector) -> tuple[float, Vector]:
            self.evaluations += 1
            image = self._image(pixels).requires_grad_()
            loss = F.cross_entropy(self.model(image), self.goal, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, image)
            moved = pixels - origin
            value = constant * float(moved @ moved) + loss.item()
            return value, 2 * constant * moved + gradient.double().numpy().ravel()

        options = {"maxcor": MEMORY, "maxiter": ITERATIONS}
        bounds = [(0.0, 1.0)] * origin.size
        found = minimize(objective, origin, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        with torch.no_grad():
            is_there = bool(self.model(self._image(found)).argmax() == self.goal)
        size = float(np.linalg.norm(found - origin))
        if is_there and size < self.size:
            self.size, self.crafted = size, self._image(found)
        return is_there

    def _image(self, pixels: Vector) -> Tensor:
        return torch.from_numpy(pixels).to(self.clean.dtype).view_as(self.clean)


def scipy_lbfgs(model: nn.Module, clean: Tensor, goal: Tensor) -> OneImage:
    """The attack on one image (a batch of one) toward its goal."""
    image = OneImage(model, clean, goal)
    success, failure, constant = None, None, 1.0
    for _ in range(DECADES):
        if image.reaches(constant):
            success, constant = constant, constant * 10
        else:
            failure, constant = constant, constant / 10
        if success and failure:
            break
    for _ in range(BISECTIONS if success and failure else 0):
        constant = math.sqrt(success * failure)
        if image.reaches(constant):
            success = constant
        else:
            failure = constant
    return image
