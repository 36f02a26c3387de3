"""A look inside the surrogates: the output of one layer beside the logits, by hooks that are always taken off."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from transfer.attacks._graph import Graph, is_activation
from transfer.catalog import did_you_mean
from transfer.losses import Gradient
from transfer.shapes import Images, Logits, Model

MIDDLE = "middle"
NAMED = 8  # layers that an error names


class Seen(NamedTuple):
    """One pass: the logits, and the output of the layer in each surrogate."""

    logits: Logits
    features: list[Tensor]


Look = Callable[[Images], Seen]


@contextmanager
def inside(model: Model, images: Images, layer: str) -> Iterator[Look]:
    """A pass of the model that also gives what the layer made of the images, once a surrogate.

    `layer` is the name of a module, or `middle`: of the layers that every way from pixels to logits passes, the one
    nearest to half of the depth, counted in layers with weights; of several equally near the earlier, and of what
    follows it up to the next weights its activation (else the last). It is found by running each network once.

    Pixels that need a gradient lead to features that have one. Where they need none the features are where the
    gradient ends. Raises ValueError where a network has no such layer.
    """
    surrogates: Sequence[nn.Module] = getattr(model, "surrogates", [model])
    features: dict[int, Tensor] = {}
    hooks: list[RemovableHandle] = []

    def look(pixels: Images) -> Seen:
        features.clear()
        logits = model(pixels)
        if len(features) < len(surrogates):
            raise ValueError(f"layer {layer!r} took no part in the logits; name one that does")
        return Seen(logits, [features[place] for place in range(len(surrogates))])

    try:
        for place, surrogate in enumerate(surrogates):
            found = _find(surrogate, images, layer)
            hooks.append(found.register_forward_hook(_keep(features, place, layer)))
        yield look
    finally:
        for hook in hooks:
            hook.remove()


def gradient_at_pixels(look: Look, score: Callable[[list[Tensor]], Tensor]) -> Gradient:
    """The gradient to climb of a score of the features, one number for all images: their sum."""

    def gradient(images: Images) -> Images:
        images = images.detach().requires_grad_()
        total = score(look(images).features)
        return torch.autograd.grad(total, images)[0].nan_to_num_(0.0, 0.0, 0.0)

    return gradient


def gradients_at_features(look: Look, pictures: Iterable[Images], score: Callable[[Logits], Tensor]) -> list[Tensor]:
    """The gradient of a score of the logits at the layer of each surrogate, summed over several versions of a batch.

    In the precision of the images. Raises ValueError where there are no versions.
    """
    sums: list[Tensor] = []
    for images in pictures:
        seen = look(images.detach())
        found = torch.autograd.grad(score(seen.logits), seen.features)
        finite = [gradient.to(images.dtype).nan_to_num_(0.0, 0.0, 0.0) for gradient in found]
        sums = [one + other for one, other in zip(sums, finite, strict=True)] if sums else finite
    if not sums:
        raise ValueError("samples must be at least 1")
    return sums


def along(features: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
    """The features weighted and summed over units, images and surrogates."""
    return torch.stack([(one.to(weight) * weight).sum() for one, weight in zip(features, weights, strict=True)]).sum()


def lengths(features: Tensor) -> Tensor:
    """The Euclidean length of each image's features, shaped to divide them; an exact zero counts as one."""
    length = features.flatten(1).norm(dim=1)
    return torch.where(length > 0, length, 1.0).reshape(-1, *[1] * (features.ndim - 1))


def _keep(features: dict[int, Tensor], place: int, layer: str) -> Callable[[nn.Module, Any, Any], Tensor]:
    def hook(module: nn.Module, inputs: Any, output: Any) -> Tensor:
        if not isinstance(output, Tensor):
            raise ValueError(f"layer {layer!r} gives {type(output).__name__}, not one tensor; name another")
        features[place] = output if output.requires_grad else output.detach().requires_grad_(torch.is_grad_enabled())
        return features[place].clone()  # what follows may work in place, and must not touch what was kept

    return hook


def _find(network: nn.Module, images: Images, layer: str) -> nn.Module:
    if layer == MIDDLE:
        return _middle(network, images[:1])
    # A network that runs in another precision is wrapped, and still its layers have the names that it gave them.
    modules = {name.removeprefix("module."): module for name, module in network.named_modules() if name}
    if layer not in modules:
        listed = ", ".join(list(modules)[:NAMED]) + (", ..." if len(modules) > NAMED else "")
        hint = did_you_mean(layer, modules)
        raise ValueError(f"{_title(network)} has no layer {layer!r}.{hint} Known: {MIDDLE}, {listed}.")
    return modules[layer]


def _middle(network: nn.Module, image: Images) -> nn.Module:
    logits, outputs = _outputs(network, image)
    graph = Graph(logits)
    total = max(graph.depth.values(), default=0)
    cuts, calls = graph.cuts(), Counter(module for module, _ in outputs)
    # Of modules that give the same, as a block and the next one's shortcut do, all that follows is behind the first.
    firsts: dict[Node, nn.Module] = {}
    for module, node in outputs:
        if node in cuts and calls[module] == 1 and 0 < graph.depth[node] < total:
            firsts.setdefault(node, module)
    ranks = {
        node: (abs(2 * graph.depth[node] - total), graph.depth[node], not is_activation(node), -place)
        for place, node in enumerate(firsts)
    }
    if not ranks:
        raise ValueError(
            f"{_title(network)} has no layer that all of it passes between its first weights and its last; "
            "name one with 'layer', or attack it by its logits, as mi_fgsm does"
        )
    return firsts[min(ranks, key=ranks.__getitem__)]


def _outputs(network: nn.Module, image: Images) -> tuple[Tensor, list[tuple[nn.Module, Node]]]:
    """The logits of an image, and what every module gave on the way, in order of execution."""
    outputs: list[tuple[nn.Module, Node]] = []

    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.grad_fn is not None:
            outputs.append((module, output.grad_fn))

    hooks = [module.register_forward_hook(note) for module in network.modules()]
    try:
        with torch.enable_grad():
            return network(image.detach().requires_grad_()), outputs
    finally:
        for hook in hooks:
            hook.remove()


def _title(network: nn.Module) -> str:
    return f"the surrogate ({type(network).__name__})"
