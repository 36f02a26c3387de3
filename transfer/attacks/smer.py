"""The stochastic mini-batch attack with ensemble reweighing."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F

from transfer.attacks._ascend import ascend
from transfer.attacks._ensemble import Weights, accumulated, inside, mean_logits
from transfer.draws import Draws
from transfer.losses import Gradient, loss_gradient
from transfer.shapes import Images, Labels, Logits, Model, PerImage, Trace

LEAST = 0.01  # a weight of zero would silence a network


def smer(
    models: Sequence[Model],
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    rounds: int = 4,
    learning_rate: float = 0.02,
    order_seed: int = 0,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Stochastic mini-batch attack with ensemble reweighing: each step visits every network in turn, in new orders.

    Tang et al. 2024, "Ensemble diversity facilitates adversarial transferability", CVPR. At each visit the weights of
    the networks' logits are learnt by a step up the logarithm of the ensemble's cross entropy, or with goals down it,
    whatever `loss` the images climb. The orders, `rounds` of them a step, are drawn from `order_seed` and the step
    alone, the same for all images, so that no image depends on its batch.

    The equations are those of TransferAttack's implementation, from which this differs in four ways. Each image has
    weights of its own, which begin at 1, where one set there serves a whole batch and is left to the next. They stay
    positive with mean 1, so that weight decay has no say: their common scale tells nothing of a network, and is the
    quickest way for cross entropy to grow, down through zero, where every network is turned round. There is no random
    start, and there are goals.
    """
    order = iter(Draws(f"smer {order_seed}", range(steps)).uniform(rounds, len(models)).argsort(dim=2).flatten(1))
    weights = torch.ones(len(models), len(images)).to(images)
    back, pace = inside(images, epsilon), epsilon / steps

    def visit(number: int) -> Gradient:
        def gradient(there: Images) -> Images:
            nonlocal weights
            own = weights[number][:, None]
            found = loss_gradient(lambda seen: own * models[number](seen), labels, goals=goals, loss=loss)(there)
            slope = reward_slope(models, there, weights, labels, goals)
            learnt = (weights + learning_rate * slope).clamp_min(LEAST)
            weights = learnt / learnt.mean(dim=0)
            return found

        return gradient

    def gradient(start: Images) -> Images:
        inner = map(visit, next(order).tolist())
        return accumulated(inner, start, back=back, step_size=pace, decay=decay)

    return ascend(gradient, images, norm="linf", epsilon=epsilon, steps=steps, step_size=pace, decay=decay, trace=trace)


def reward_slope(
    models: Sequence[Model], images: Images, weights: Weights, labels: Labels, goals: Labels | None
) -> Weights:
    """How fast the reward of each image grows with the weight of each network."""
    with torch.no_grad():
        logits = [model(images) for model in models]
    asked = weights.detach().requires_grad_()
    fused = mean_logits([own[:, None] * seen for own, seen in zip(asked, logits, strict=True)])
    reward = log_cross_entropy(fused, labels) if goals is None else -log_cross_entropy(fused, goals)
    return torch.autograd.grad(reward.sum(), asked)[0].nan_to_num_(0.0, 0.0, 0.0)


def log_cross_entropy(logits: Logits, classes: Labels) -> PerImage:
    """The logarithm of the cross entropy, also where that is too small to be told from zero."""
    others = logits.scatter(1, classes[:, None], float("-inf")).logsumexp(dim=1)
    behind = others - logits.gather(1, classes[:, None])[:, 0]
    return F.softplus(behind).clamp_min(torch.finfo(logits.dtype).tiny).log()
