"""A library's network as a study sees it: pixels in [0, 1] of any size, prepared inside as its weights want them."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from transfer.architectures._layers import Normalise, Resize, ThreeChannels


def prepared(
    network: nn.Module,
    shape: tuple[int, int, int],
    *,
    mean: Sequence[float],
    deviation: Sequence[float],
    size: int | tuple[int, int],
) -> nn.Module:
    """The network, which now resizes and normalises what it is shown.

    The preparation has no weights and comes before the network's own forward, so that the weights keep the library's
    names: a file that fits the library's network fits this one. Raises ValueError where `shape` is no image of the
    network's.
    """
    if shape[0] not in (1, 3):
        raise ValueError(f"images of {shape[0]} channels; the networks of libraries are shown 1 (in all three) or 3")
    wanted = (size, size) if isinstance(size, int) else size
    steps: list[nn.Module] = [Resize(shape[1:], wanted)] if shape[1:] != wanted else []
    steps += [ThreeChannels()] if shape[0] == 1 else []
    network.add_module("preparation", nn.Sequential(*steps, Normalise(mean, deviation)))
    network.register_forward_pre_hook(_prepare)
    return network


def _prepare(network: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
    # Not a closure: a copy of the network must not be prepared by the original's layers.
    preparation: nn.Module = network.get_submodule("preparation")
    prepared: Tensor = preparation(inputs[0])
    return prepared
