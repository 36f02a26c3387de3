"""An attack on a network that is being trained."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn

from transfer.draws import Draws
from transfer.shapes import Attack, Found, Images, Labels, Pool


def adversary(attack: Callable[..., Any], settings: Mapping[str, Any]) -> Attack:
    """An attack with its settings, as a recipe is given it: away from the label, or toward the goals it names.

    Whatever it is, the network is attacked as it will be used: in eval mode, its weights' gradients off.
    """
    takes = inspect.signature(attack).parameters

    def run(model: nn.Module, images: Images, labels: Labels, draws: Draws, goals: Labels | None = None) -> Images:
        handed = {
            "model": model,
            "models": [model],
            "images": images,
            "labels": labels,
            "pool": Pool(images, labels),
            "draws": draws,
            "goals": goals,
        }
        given = {name: value for name, value in handed.items() if name in takes and name not in settings}
        with attacked(model):
            made = attack(**given, **settings)
        crafted: Images = made.images if isinstance(made, Found) else made
        return crafted.detach()

    return run


@contextmanager
def attacked(model: nn.Module) -> Iterator[None]:
    """The network in eval mode without gradients of its weights, and afterwards as it was."""
    modes = {part: part.training for part in model.modules()}
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    try:
        model.eval()
        for parameter in learning:
            parameter.requires_grad_(False)
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode
        for parameter in learning:
            parameter.requires_grad_(True)
