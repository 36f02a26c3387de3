"""What the units of a network's layers answer, by hooks that are always taken off."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from transfer.architectures._layers import Maxout
from transfer.catalog import did_you_mean
from transfer.shapes import Images

ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.GELU, nn.SiLU, nn.Hardswish, nn.Tanh, nn.Sigmoid, Maxout)

# Images to what each layer makes of them: image, place, unit.
Look = Callable[[Images], dict[str, Tensor]]


@contextmanager
def features_of(model: nn.Module, layers: Sequence[str] = ()) -> Iterator[Look]:
    """A pass that gives the outputs of layers, of all activations where none is named, in the order of the pass.

    One that runs several times gives several, from the second on with a number. Raises ValueError where there is no
    such layer.
    """
    modules = {name.removeprefix("module."): part for name, part in model.named_modules() if name}
    unknown = [name for name in layers if name not in modules]
    if unknown:
        listed = ", ".join(modules)
        raise ValueError(f"no layer is called {unknown[0]!r}.{did_you_mean(unknown[0], modules)} Known: {listed}.")
    chosen = layers or [name for name, part in modules.items() if isinstance(part, ACTIVATIONS)]
    seen: dict[str, Tensor] = {}

    def note(name: str, module: nn.Module, inputs: Any, output: Tensor) -> None:
        number = sum(other.partition(" ")[0] == name for other in seen)
        seen[f"{name} {number + 1}" if number else name] = _by_unit(output.detach())

    def look(images: Images) -> dict[str, Tensor]:
        seen.clear()
        with torch.no_grad():
            model(images)
        return dict(seen)

    hooks = [modules[name].register_forward_hook(partial(note, name)) for name in chosen]
    try:
        yield look
    finally:
        for hook in hooks:
            hook.remove()


def _by_unit(values: Tensor) -> Tensor:
    """Maps have a unit a channel, at every place; tokens have theirs last; a plain layer is in one place."""
    if values.ndim == 4:
        values = values.movedim(1, -1)
    return values.reshape(len(values), -1, values.shape[-1]).clone()  # what follows may work in place
