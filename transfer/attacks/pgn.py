"""Penalizing gradient norm."""

from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._flat import penalised
from transfer.draws import Draws
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Model, Trace


def pgn(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    samples: int = 20,
    relative_radius: float = 3.0,
    balance: float = 0.5,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    draws: Draws,
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Penalizing gradient norm: MI-FGSM toward a large loss whose surroundings are flat.

    Ge et al. 2023, arXiv:2306.05225, algorithm 1. `balance` weighs the gradient one step down against that of the
    neighbour; neighbours lie within `relative_radius` times epsilon and may leave the box. As in the authors' code
    the step down has the mean size of a step, where the paper prints an L1 norm.
    """
    step_size, radius = epsilon / steps, relative_radius * epsilon
    gradient = loss_gradient(model, labels, goals=goals, loss=loss)
    return ascend(
        penalised(gradient, radius=radius, step_size=step_size, samples=samples, balance=balance, draws=draws),
        images,
        norm="linf",
        epsilon=epsilon,
        steps=steps,
        step_size=step_size,
        decay=decay,
        trace=trace,
    )
