"""The stochastic variance reduced ensemble attack."""

from collections.abc import Sequence
from typing import Literal

from transfer.attacks._ascend import ascend
from transfer.attacks._ensemble import accumulated, fused_gradient, inside, single_gradients
from transfer.draws import Draws
from transfer.losses import Gradient
from transfer.shapes import Images, Labels, Model, Trace


def svre(
    models: Sequence[Model],
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    inner_steps: int | None = None,
    order_seed: int = 0,
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Stochastic variance reduced ensemble attack: each step looks ahead along single networks, corrected to agree.

    Xiong et al. 2022, arXiv:2111.10752, algorithm 1 with momentum. `inner_steps` is four for each network unless it
    is set, as in the paper; with none, or with one, this is MI-FGSM on the mean logits.

    Which network is looked at is drawn from `order_seed` and the step alone, the same for all images, so that no
    image depends on its batch. As in the authors' code there is no random start, and the logits are fused;
    TransferAttack starts at random. A network's gradient at the outer iterate is taken once a step, where the
    authors' code takes it anew at each inner step, to the same end.
    """
    ahead = 4 * len(models) if inner_steps is None else inner_steps
    order = iter(Draws(f"svre {order_seed}", range(steps)).below(len(models), ahead).tolist())
    common = fused_gradient(models, labels, fuse="logits", goals=goals, loss=loss)
    singles = single_gradients(models, labels, goals=goals, loss=loss)
    back, pace = inside(images, epsilon), epsilon / steps

    def gradient(start: Images) -> Images:
        visited: list[int] = next(order)
        shared = common(start)
        before = {number: singles[number](start) for number in set(visited)}

        def corrected(number: int) -> Gradient:
            # What a network has gained on the way ahead is its own; where it stood there is the ensemble instead.
            return lambda there: singles[number](there) - before[number] + shared

        inner = [corrected(number) for number in visited]
        return accumulated(inner, start, back=back, step_size=pace, decay=decay) if inner else shared

    return ascend(gradient, images, norm="linf", epsilon=epsilon, steps=steps, step_size=pace, decay=decay, trace=trace)
