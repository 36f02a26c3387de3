"""A library's attack called as one of ours: its own randomness seeded, the surrogate out of its reach."""

import copy
import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from transfer.draws import Draws
from transfer.shapes import Images, Labels
from transfer.signatures import REQUIRED, Signature

INPUTS = inspect.Parameter.POSITIONAL_OR_KEYWORD


# Model, images, labels, goals if there are any, and settings, to the images that the library's attack makes.
Run = Callable[[nn.Module, Tensor, Tensor, Tensor | None, Mapping[str, Any]], Tensor]


def attack_of(described: Signature, run: Run) -> Callable[..., Tensor]:
    """The function that the catalogue has described, as the craft stage calls it."""

    def attack(
        model: Any, images: Images, labels: Labels, *, draws: Draws, goals: Labels | None = None, **settings: Any
    ) -> Tensor:
        with seeded(draws, images):
            made = run(apart(model), images.clone(), labels.clone(), goals, settings)
        return made.detach().to(images)

    parameters = [inspect.Parameter(name, INPUTS) for name in described.inputs]
    for setting in described.settings:
        default = inspect.Parameter.empty if setting.default is REQUIRED else setting.default
        parameters.append(inspect.Parameter(setting.name, inspect.Parameter.KEYWORD_ONLY, default=default))
    attack.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    attack.__doc__ = described.summary
    return attack


@contextmanager
def seeded(draws: Draws, images: Images) -> Iterator[None]:
    """The generators that everybody shares, seeded for this batch and afterwards as they were before."""
    seed = int(draws.below(2**32)[0])
    before = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[images.device] if images.is_cuda else []):
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


def apart(model: Any) -> nn.Module:
    """The same network in modules of its own: a library may leave hooks in them, or put others in their place.

    Weights are shared, and gradients counted where they were.
    """
    shared = {id(kept): kept for kept in (*model.parameters(), *model.buffers(), model.tally)}
    other: nn.Module = copy.deepcopy(model, shared)
    return other.eval()
