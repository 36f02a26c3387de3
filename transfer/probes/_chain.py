"""What a network is made of, as one pass shows it: which layers ran, on what, and whether one after the other."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from transfer.architectures._blocks import Residual


class Values(NamedTuple):
    """A tensor of a pass, and how often it had been written to at that moment."""

    tensor: Tensor
    version: int

    def is_same(self, other: "Values") -> bool:
        """Whether these are the same numbers, perhaps in another shape."""
        one, two = self.tensor, other.tensor
        return one.data_ptr() == two.data_ptr() and one.numel() == two.numel() and self.version == other.version


class Call(NamedTuple):
    """What a module was given and gave, and how many had ended before."""

    order: int
    before: Values
    after: Values


Calls = dict[nn.Module, Call]


def calls_of(model: nn.Module, images: Tensor) -> Calls:
    """The modules that ran, in the order in which they ended; one that ran twice is left out."""
    calls: Calls = {}
    entered: dict[nn.Module, list[Values]] = {}
    order = 0

    def enter(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        values = inputs[0] if inputs and isinstance(inputs[0], Tensor) else images
        entered.setdefault(module, []).append(Values(values, values._version))

    def leave(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal order
        if isinstance(output, Tensor):
            calls[module] = Call(order, entered[module][-1], Values(output, output._version))
            order += 1

    hooks = [part.register_forward_pre_hook(enter) for part in model.modules()]
    hooks += [part.register_forward_hook(leave) for part in model.modules()]
    try:
        with torch.no_grad():
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    return {module: call for module, call in calls.items() if len(entered[module]) == 1}


def bound(module: nn.Module, calls: Calls, known: Mapping[nn.Module, float]) -> float | None:
    """The product of the bounds of a module's layers, where each is given what the one before it gave.

    Of a residual block the sum of its two ways. None where the way of the numbers is another, or a layer's bound is
    not known: a product would then say nothing.
    """
    if module in known:
        return known[module]
    if isinstance(module, Residual):
        ways = [bound(way, calls, known) for way in (module.shortcut, module.branch)]
        return None if None in ways else sum(way for way in ways if way is not None)
    parts = sorted(_parts(module, calls), key=lambda part: calls[part].order)
    if module not in calls:
        return None
    # A module with nothing inside is a chain too, where it gives what it was given.
    given = [calls[module].before, *(calls[part].after for part in parts)]
    taken = [*(calls[part].before for part in parts), calls[module].after]
    if not all(one.is_same(other) for one, other in zip(given, taken, strict=True)):
        return None
    bounds = [bound(part, calls, known) for part in parts]
    return None if None in bounds else math.prod((one for one in bounds if one is not None), start=1.0)


def _parts(module: nn.Module, calls: Calls) -> list[nn.Module]:
    """The nearest modules inside that ran; those of a list that is never called itself stand for it."""
    found = []
    for child in module.children():
        found += [child] if child in calls else _parts(child, calls)
    return found
