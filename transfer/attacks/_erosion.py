"""Networks that are eroded while they run: units dropped, skip connections scaled, every image its own."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import Node
from torch.overrides import TorchFunctionMode

from transfer.attacks._graph import Graph
from transfer.draws import Draws
from transfer.shapes import Images, Model

ADDITIONS = frozenset(("add", "add_"))  # also what `+` and `+=` are called
ACTIVATIONS = frozenset(
    "relu relu_ relu6 hardtanh leaky_relu prelu elu selu celu gelu silu mish softplus hardswish hardsigmoid sigmoid "
    "tanh".split()
)
SURE = 7.0  # standard deviations: fewer gaps than units to drop once in 10^11 masks
Skips = Mapping[int, int]  # by the number of the addition in a pass: which operand skips a residual branch


class Watched(TorchFunctionMode):
    """Notes the additions and counts the activations of a pass."""

    def __init__(self) -> None:
        super().__init__()
        self.additions: list[Node | None] = []
        self.activations = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name in ADDITIONS:
            self.additions.append(made.grad_fn)
        self.activations += name in ACTIVATIONS and made.requires_grad
        return made


class Eroded(TorchFunctionMode):
    """Drops units behind activations and scales skips, in every pass anew.

    Called above autograd, so that functional activations are met like modules, and nothing is put on the network.
    """

    def __init__(self, draws: Draws, dropout: float, scale: float, skips: Skips) -> None:
        super().__init__()
        self.draws, self.dropout, self.scale, self.skips = draws, dropout, scale, skips
        self.additions = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in ADDITIONS:
            if self.scale and self.additions in self.skips:
                args = self._scaled(args, self.skips[self.additions], in_place=name == "add_")
            self.additions += 1
        made = func(*args, **(kwargs or {}))
        if self.dropout and name in ACTIVATIONS and made.requires_grad:
            return made * mask(self.draws, made.numel() // len(self.draws), self.dropout).to(made).reshape(made.shape)
        return made

    def _scaled(self, operands: tuple[Any, ...], skip: int, in_place: bool) -> tuple[Any, ...]:
        skipping: Tensor = operands[skip]
        factors = 1 + self.scale * (2 * self.draws.uniform() - 1)
        # Where images are cut up into rows, as windows of a transformer are, an image's rows follow each other.
        each = factors.to(skipping).repeat_interleave(len(skipping) // len(factors))
        each = each.reshape(-1, *[1] * (skipping.ndim - 1))
        scaled = skipping.mul_(each) if in_place and skip == 0 else skipping * each
        return tuple(scaled if place == skip else operand for place, operand in enumerate(operands))


def watch(model: Model, images: Images) -> tuple[Skips, int]:
    """The skips among the additions of a pass, and how many activations there are; found on one image."""
    with torch.enable_grad(), Watched() as watched:
        logits = model(images[:1].detach().requires_grad_())
    operands = {join.node: join.skip for join in Graph(logits).joins()}
    found = ((number, operands.get(node)) for number, node in enumerate(watched.additions) if node)
    return {number: skip for number, skip in found if skip is not None}, watched.activations


def mask(draws: Draws, units: int, rate: float) -> Tensor:
    """0 for the units of each image that are dropped, 1 / (1 - rate) for the others, whose mean it keeps.

    The gaps between units that are dropped each with one chance are geometric, so what is drawn are as many numbers as
    units may be dropped, not as there are units: at a rate of 0.006 a hundredth of them.
    """
    expected = units * rate
    gaps = min(units, math.ceil(expected + SURE * math.sqrt(expected) + SURE))
    apart = torch.floor(torch.log1p(-draws.uniform(gaps)) / math.log1p(-rate))
    dropped = (apart + 1).cumsum(dim=1) - 1
    kept = torch.full((len(draws), units + 1), 1 / (1 - rate), dtype=torch.float32)
    return kept.scatter_(1, dropped.clamp_max(units).long(), 0.0)[:, :units]
