"""Attacks of the Adversarial Robustness Toolbox (Nicolae et al. 2018, arXiv:1807.01069): `art:FastGradientMethod`.

`eps` is a study's `epsilon` and `norm` is linf or l2; the other settings are those of the constructor. It computes in
float32, whatever the study's precision.
"""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from transfer.attacks._sources._classes import AttackClass, Library
from transfer.signatures import Setting, Signature

REVISION = 1
LIBRARY = Library("art", "adversarial-robustness-toolbox", "art.attacks.evasion")
GIVEN = {
    *("estimator", "classifier", "batch_size", "targeted", "verbose", "summary_writer", "estimator_orig"),
    *("parallel_pool_size", "norm", "epsilon"),  # what is called epsilon there is a step or a tolerance, no budget
}
NORMS = {"np.inf": "linf", "2": "l2"}  # as they are written there
L2 = ("VirtualAdversarialMethod",)  # without a setting for its norm


def describe(name: str) -> Signature:
    """The signature of an attack, read from the source of its class."""
    version, found = LIBRARY.version, LIBRARY.find(name)
    if "EvasionAttack" not in found.bases:
        raise LookupError(f"'art:{name}' of {LIBRARY.distribution} {version} is no evasion attack")
    own = {setting.name: setting for setting in found.settings(leave_out=GIVEN)}
    settings = _norm(name, found)
    if settings and "eps" in own:
        settings = [replace(own.pop("eps"), name="epsilon", annotation="float"), *settings]
    return LIBRARY.signature(found, [*settings, *own.values()], "targeted" in found.parameters, REVISION)


def _norm(name: str, found: AttackClass) -> list[Setting]:
    """The norm as a study names it; none where it is another (Wasserstein), so that no ball is promised."""
    if "norm" not in found.parameters:
        one = "l2" if name in L2 else "linf"
        return [Setting("norm", f"Literal['{one}']", one)] if "eps" in found.parameters else []
    default = found.parameters["norm"][1]
    written = NORMS.get(ast.unparse(default)) if default else None
    return [Setting("norm", "Literal['linf', 'l2']", written)] if written else []


def load(name: str) -> Callable[..., Any]:
    """The attack, with what it needs of torch and the library."""
    from transfer.attacks._sources._run import attack_of

    return attack_of(describe(name), partial(_run, name))


def _run(name: str, model: Any, images: Any, labels: Any, goals: Any, settings: Mapping[str, Any]) -> Any:
    import torch
    from art.attacks import evasion

    kind = getattr(evasion, name)
    wanted = {"batch_size": len(images), "targeted": goals is not None, "verbose": False, **settings}
    own = {"eps" if setting == "epsilon" else setting: value for setting, value in wanted.items()}
    if "norm" in own:
        own["norm"] = {"linf": float("inf"), "l2": 2}[own["norm"]]
    taken = inspect.signature(kind).parameters
    attack = kind(_classifier(model, images), **{name: value for name, value in own.items() if name in taken})
    with _no_generator_without_a_seed():
        made = attack.generate(x=images.float().cpu().numpy(), y=(labels if goals is None else goals).cpu().numpy())
    return torch.from_numpy(made)


def _classifier(model: Any, images: Any) -> Any:
    import torch
    from art.estimators.classification import PyTorchClassifier
    from torch import nn

    class InPrecision(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, pixels: Any) -> Any:
            return self.model(pixels.to(images.dtype))

    with torch.no_grad():
        classes = model(images[:1]).shape[1]
    return PyTorchClassifier(
        InPrecision(),
        loss=nn.CrossEntropyLoss(),
        input_shape=tuple(images.shape[1:]),
        nb_classes=classes,
        clip_values=(0.0, 1.0),
        device_type="gpu" if images.is_cuda else "cpu",
    )


@contextmanager
def _no_generator_without_a_seed() -> Iterator[None]:
    """HopSkipJump, BoundaryAttack and BrendelBethgeAttack make generators of their own, and give them none."""
    import numpy as np

    class Seeded(np.random.RandomState):
        def __init__(self, seed: Any = None) -> None:
            super().__init__(np.random.randint(2**31) if seed is None else seed)

    before = np.random.RandomState
    np.random.RandomState = Seeded  # type: ignore[misc]
    try:
        yield
    finally:
        np.random.RandomState = before  # type: ignore[misc]
