"""The smallest perturbation of a linear model, exactly: a quadratic programme, solved through its dual."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Vector = NDArray[np.float64]


def smallest_perturbation(image: Vector, rows: Vector, offsets: Vector) -> tuple[Vector, float]:
    """The least |r|^2 with rows @ (image + r) + offsets >= 0 and image + r in [0, 1], and the duality gap left.

    For given multipliers the best r is a clip, and what is left is concave in one multiplier a row.
    """

    def answer(multipliers: Vector) -> Vector:
        return np.clip(image + rows.T @ multipliers, 0.0, 1.0)

    def minus_dual(multipliers: Vector) -> tuple[float, Vector]:
        there = answer(multipliers)
        slack = rows @ there + offsets
        return multipliers @ slack - ((there - image) ** 2).sum() / 2, slack

    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000, "maxfun": 20000}
    bounds = [(0.0, None)] * len(rows)
    best = minimize(minus_dual, np.zeros(len(rows)), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    there = answer(best.x)
    return there - image, ((there - image) ** 2).sum() / 2 + best.fun
