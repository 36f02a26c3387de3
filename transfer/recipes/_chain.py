"""A network as a chain of layers, cut in two."""

from collections.abc import Iterator

from torch import nn


def cut(module: nn.Module, layer: int) -> tuple[nn.Sequential, nn.Sequential]:
    """The network up to the output of a layer, and all the layers above; both are parts of it and learn with it.

    Layers are counted where they have weights. The output of one is what the next is given, after activation and
    pooling; that of layer 0 are the pixels. Raises ValueError where the network has no such layer.
    """
    parts = list(links(module))
    weighted = [place for place, part in enumerate(parts) if any(True for _ in part.parameters())]
    if not 0 <= layer < len(weighted):
        text = f"the network is a chain of {len(weighted)} layers"
        raise ValueError(f"no layer {layer} has layers above it: {text}, so 0 to {len(weighted) - 1} can be named")
    place = weighted[layer] if layer else 0
    return nn.Sequential(*parts[:place]), nn.Sequential(*parts[place:])


def links(module: nn.Module) -> Iterator[nn.Module]:
    """What is applied one after the other; a network that is no plain sequence is one link."""
    if not isinstance(module, nn.Sequential) or type(module).forward is not nn.Sequential.forward:
        yield module
        return
    for part in module:
        yield from links(part)
