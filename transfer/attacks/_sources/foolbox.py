"""Attacks of Foolbox (Rauber et al. 2017, arXiv:1707.04131; 2020, JOSS 5(53)): `foolbox:LinfPGD`.

An attack with a budget has `epsilon`, in the norm of its name; one for the smallest distortion has none. The other
settings are those of its constructor.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from transfer.attacks._sources._classes import Library
from transfer.signatures import Setting, Signature

REVISION = 1
LIBRARY = Library("foolbox", "foolbox", "foolbox.attacks")
NORMS = ("linf", "l2")


def describe(name: str) -> Signature:
    """The signature of an attack, read from the source of its class."""
    version, found = LIBRARY.version, LIBRARY.find(name)
    settings = list(found.settings(leave_out=()))
    if "FixedEpsilonAttack" in found.bases:
        norm = found.returned("distance")
        if norm not in NORMS:
            raise LookupError(f"'foolbox:{name}' has its budget in {norm}; a study knows {' and '.join(NORMS)}")
        settings = [Setting("epsilon", "float"), Setting("norm", f"Literal['{norm}']", norm), *settings]
    elif "MinimizationAttack" not in found.bases:
        raise LookupError(f"'foolbox:{name}' of foolbox {version} is no attack that makes images within [0, 1]")
    return LIBRARY.signature(found, settings, True, REVISION)


def load(name: str) -> Callable[..., Any]:
    """The attack, with what it needs of torch and the library."""
    from transfer.attacks._sources._run import attack_of

    return attack_of(describe(name), partial(_run, name))


def _run(name: str, model: Any, images: Any, labels: Any, goals: Any, settings: Mapping[str, Any]) -> Any:
    import foolbox

    own = {setting: value for setting, value in settings.items() if setting not in ("epsilon", "norm")}
    attack = getattr(foolbox.attacks, name)(**own)
    wanted = foolbox.Misclassification(labels) if goals is None else foolbox.TargetedMisclassification(goals)
    bounded = foolbox.PyTorchModel(model, bounds=(0, 1), device=images.device)
    _, made, _ = attack(bounded, images, wanted, epsilons=settings.get("epsilon"))
    return made
