"""Linear backpropagation."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge

from transfer.attacks._ascend import ascend
from transfer.attacks._graph import Gradients, Graph, is_relu
from transfer.attacks._layers import Seen, inside, lengths
from transfer.losses import loss_gradient
from transfer.shapes import Images, Labels, Logits, Model, Trace


def linbp(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    epsilon: float,
    steps: int = 10,
    decay: float = 1.0,
    layer: str = "middle",
    loss: Literal["cross_entropy", "logit", "margin", "poincare_trip"] = "cross_entropy",
    goals: Labels | None = None,
    trace: Trace | None = None,
) -> Images:
    """Linear backpropagation: forward as ever, but the gradient passes the ReLUs of the later layers as if not there.

    Guo et al. 2020, arXiv:2012.03528. From `layer` on, its own ReLU
    included, ReLUs let every gradient through; `layer` is a module's name, or `middle`. Where such a ReLU is in a
    residual branch, the branch's gradient is brought to the length that it has with the ReLUs as they are, image by
    image, so that branches and skips keep their balance. A ReLU that follows an addition stays as it is: the authors'
    code, from which TransferAttack's for ResNet-50 is taken, has it so. ReLUs of any making are found, also
    functional ones, ReLU6 among them.

    The authors' code takes 100 steps of 1/255 and more, with noise at each or momentum; here the steps are mi_fgsm's.
    Finding the lengths costs two more backward passes through each such branch, which are not counted.

    Raises ValueError where no surrogate has a ReLU.
    """
    with inside(model, images, layer) as look:

        def linear(pixels: Images) -> Logits:
            seen = look(pixels)
            _linearise(seen)
            return seen.logits

        gradient = loss_gradient(linear, labels, goals=goals, loss=loss)
        return ascend(
            gradient,
            images,
            norm="linf",
            epsilon=epsilon,
            steps=steps,
            step_size=epsilon / steps,
            decay=decay,
            trace=trace,
        )


class Switch:
    """Whether the ReLUs are linear now."""

    is_on = True

    def pass_on(self, inputs: Gradients, outputs: Gradients) -> Gradients | None:
        """The hook of a ReLU: its gradient is the one that came."""
        return outputs if self.is_on else None


def _linearise(seen: Seen) -> None:
    graph, switch = Graph(seen.logits), Switch()
    relus = [node for node in graph.nodes if is_relu(node)]
    if not relus:
        raise ValueError("linbp makes ReLUs linear, and this surrogate has none; attack it with mi_fgsm")
    starts = [one.grad_fn for one in seen.features if one.grad_fn is not None]
    joins = [join for join in graph.joins() if join.source]
    sums = {join.node for join in joins}
    changed = [
        relu
        for relu in relus
        if relu.next_functions[0][0] not in sums and any(graph.leads(start, relu) for start in starts)
    ]
    for relu in changed:
        relu.register_hook(switch.pass_on)
    for join in joins:
        (end,), source = join.branches.values(), join.source
        if source and any(graph.leads(source[0], relu) and graph.leads(relu, end[0]) for relu in changed):
            join.hook(_rescale(GradientEdge(*end), GradientEdge(*source), switch))


def _rescale(end: GradientEdge, source: GradientEdge, switch: Switch) -> Callable[[Tensor], Tensor]:
    """A gradient so scaled that behind its branch it is as long, image by image, as with the ReLUs as they are."""

    def through(gradient: Tensor) -> Tensor:
        return torch.autograd.grad(end, source, gradient, retain_graph=True)[0]

    def rescaled(gradient: Tensor) -> Tensor:
        linear = through(gradient)
        switch.is_on = False
        true = through(gradient)
        switch.is_on = True
        ratio = true.flatten(1).norm(dim=1) / lengths(linear).flatten()
        return gradient * ratio.reshape(-1, *[1] * (gradient.ndim - 1)).to(gradient)

    return rescaled
