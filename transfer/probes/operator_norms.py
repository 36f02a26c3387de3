"""How much a network can enlarge a perturbation, read off its weights."""

from collections.abc import Iterator

import torch
from torch import nn

from transfer.probes._batches import dtype_of
from transfer.probes._chain import bound, calls_of
from transfer.probes._operators import circular_norm, lipschitz
from transfer.shapes import Measured


def operator_norms(model: nn.Module, shape: tuple[int, int, int]) -> Iterator[Measured]:
    """Upper bounds on the Lipschitz constant of each layer and of the logits; biases play no part.

    Szegedy et al. 2014, section 4.3 and Table 5, on the network as it is when evaluated. A layer each: `norm`, the
    largest singular value of the layer as it is applied, images in zeros, or the steepest slope of an activation;
    `circular_norm`, for a convolution, the paper's by the Fourier transform of the kernel, which is never smaller.
    Of the network: `product` and `circular_product` of these, where it is layers one after the other (residual
    blocks count as the sum of their two ways), and `is_chain`, whether it is. The paper counts max pooling as 1;
    where windows overlap that is no bound, and here it is the root of how many windows share a pixel.
    """
    calls = calls_of(model, torch.zeros(1, *shape, dtype=dtype_of(model)))
    norms: dict[nn.Module, float] = {}
    circular: dict[nn.Module, float] = {}
    for name, layer in model.named_modules():
        is_part = any(layer in known.modules() for known in norms)
        value = None if is_part or layer not in calls else lipschitz(layer, calls[layer].before.tensor)
        if value is None:
            continue
        norms[layer] = circular[layer] = value
        yield Measured("norm", value, layer=name or "network")
        if isinstance(layer, nn.Conv2d) and layer.padding_mode == "zeros":
            circular[layer] = circular_norm(layer, calls[layer].before.tensor)
            yield Measured("circular_norm", circular[layer], layer=name or "network")
    products = {
        name: bound(model, calls, known) for name, known in (("product", norms), ("circular_product", circular))
    }
    for name, value in products.items():
        if value is not None:
            yield Measured(name, value)
    yield Measured("is_chain", float(products["product"] is not None))
