"""Attacks of torchattack (Spencer Woo, https://github.com/spencerwooo/torchattack): `torchattack:MIFGSM`.

`eps` is a study's `epsilon`; the other settings are those of the constructor. Layers of a surrogate are named as
`surrogates.0.` and their own name. Left out: attacks that fetch another network, and those with a `hook_cfg`, which
look for layers by the names that torchvision or timm give them, and without a word do nothing where they find none.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from transfer.attacks._sources._classes import Library
from transfer.signatures import Setting, Signature

REVISION = 1
LIBRARY = Library("torchattack", "torchattack", "torchattack")
GIVEN = ("model", "normalize", "device", "clip_min", "clip_max", "targeted")
L2 = ("PGDL2",)
ON_OTHERS = ("SSP",)  # climbs the features of a VGG-16 that it fetches


def describe(name: str) -> Signature:
    """The signature of an attack, read from the source of its class."""
    version, found = LIBRARY.version, LIBRARY.find(name)
    if "Attack" not in found.bases or "model" not in found.parameters or name in ON_OTHERS:
        raise LookupError(f"'torchattack:{name}' of torchattack {version} is no attack on a surrogate")
    if "hook_cfg" in found.parameters:
        why = "looks for layers by the names of torchvision or timm, which a surrogate here need not have"
        raise LookupError(f"'torchattack:{name}' of torchattack {version} {why}")
    # What is called epsilon there (in GeoDA) is no budget.
    own = list(found.settings(leave_out=(*GIVEN, "epsilon")))
    settings = [setting for setting in own if setting.name != "eps"]
    for budget in own:
        if budget.name == "eps":
            norm = "l2" if name in L2 else "linf"
            budgeted = [Setting("epsilon", "float", budget.default), Setting("norm", f"Literal['{norm}']", norm)]
            settings = [*budgeted, *settings]
    return LIBRARY.signature(found, settings, "targeted" in found.parameters, REVISION)


def load(name: str) -> Callable[..., Any]:
    """The attack, with what it needs of torch and the library."""
    from transfer.attacks._sources._run import attack_of

    return attack_of(describe(name), partial(_run, name))


def _run(name: str, model: Any, images: Any, labels: Any, goals: Any, settings: Mapping[str, Any]) -> Any:
    import torchattack

    own = {"eps" if setting == "epsilon" else setting: value for setting, value in settings.items()}
    own.pop("norm", None)
    if goals is not None:
        own["targeted"] = True
    attack = getattr(torchattack, name)(model, device=images.device, **own)
    return attack(images, labels if goals is None else goals)
