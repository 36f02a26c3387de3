"""Attacks of other libraries behind one form: networks, images and labels to crafted images."""

import copy
import importlib
import importlib.util
import os
import random
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

SOURCE = "TRANSFERATTACK_SOURCE"  # the folder that holds the `transferattack` of TransferAttack's repository
Settings = Mapping[str, Any]


def is_here(library: str) -> bool:
    """Whether a library can be asked: installed, or TransferAttack's sources in the folder that is named."""
    if library == "transferattack":
        return SOURCE in os.environ
    return importlib.util.find_spec(library) is not None


def attacked(
    library: str,
    name: str,
    settings: Settings,
    networks: Sequence[nn.Module],
    images: Tensor,
    labels: Tensor,
    batch: int,
) -> Tensor:
    """What a library's attack makes of the images, with weights that ask for gradients: some attacks fail without.

    Each batch has an attack and networks of its own, since some attacks leave hooks, and some remember.
    """
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    parts = []
    for some, theirs in zip(images.split(batch), labels.split(batch), strict=True):
        own = [copy.deepcopy(network).requires_grad_(True).eval() for network in networks]
        parts.append(ASKED[library](name, settings, own, some.clone(), theirs.clone()).detach())
    return torch.cat(parts)


def _torchattack(name: str, settings: Settings, networks: list[nn.Module], images: Tensor, labels: Tensor) -> Tensor:
    library = importlib.import_module("torchattack")
    kind = _spectrum_of_any_size() if name == "SSA" else getattr(library, name)
    return kind(networks[0], None, torch.device("cpu"), **settings)(images, labels)


def _torchattacks(name: str, settings: Settings, networks: list[nn.Module], images: Tensor, labels: Tensor) -> Tensor:
    return getattr(importlib.import_module("torchattacks"), name)(networks[0], **settings)(images, labels)


def _transferattack(name: str, settings: Settings, networks: list[nn.Module], images: Tensor, labels: Tensor) -> Tensor:
    """`name` is that of the module and class; settings but epsilon are set as attributes, some take no others."""
    module, kind = name.split(":")
    with _sources():
        utils = importlib.import_module("transferattack.utils")
        # Theirs hold a network behind its preprocessing; ours does its own.
        whole = [nn.Sequential(nn.Identity(), network) for network in networks]
        given = whole[0] if len(whole) == 1 else utils.EnsembleModel(whole)
        base = getattr(importlib.import_module(f"transferattack.{module}"), kind)
        attack = type(kind, (base,), {"load_model": lambda self, names: given})(
            ["surrogate"] * len(networks), epsilon=settings["epsilon"], random_start=False
        )
        vars(attack).update(settings)
        perturbations: Tensor = attack(images, labels)
    return images + perturbations


@contextmanager
def _sources() -> Iterator[None]:
    """TransferAttack without its list of all attacks, which wants every library, and without its GPU."""
    package = types.ModuleType("transferattack")
    package.__path__ = [os.path.join(os.environ[SOURCE], "transferattack")]
    sys.modules.setdefault("transferattack", package)
    kept = torch.Tensor.cuda, nn.Module.cuda
    torch.Tensor.cuda = nn.Module.cuda = lambda self, *_, **__: self
    try:
        yield
    finally:
        torch.Tensor.cuda, nn.Module.cuda = kept


def _spectrum_of_any_size() -> type:
    """torchattack's SSA, whose noise is written for 224 pixels."""

    class Spectrum(importlib.import_module("torchattack").SSA):
        def transform(self, images: Tensor) -> Tensor:
            spectrum = self._dct_2d(images + torch.randn_like(images) * self.eps)
            return self._idct_2d(spectrum * (torch.rand_like(images) * 2 * self.rho + 1 - self.rho))

    return Spectrum


ASKED: dict[str, Callable[..., Tensor]] = {
    "torchattack": _torchattack,
    "torchattacks": _torchattacks,
    "transferattack": _transferattack,
}
