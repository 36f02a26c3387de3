"""The study as it is kept with its results: every id with what people call it."""

from collections.abc import Mapping, Sequence
from typing import Any

from transfer.datasets import Facts
from transfer.plan.crafts import Shown
from transfer.plan.probes import Asked
from transfer.study import Network, Study
from transfer.tasks import Train


def document(
    study: Study, facts: Facts, networks: Mapping[str, Train], shown: Sequence[Shown], asked: Sequence[Asked]
) -> dict[str, Any]:
    """What goes to studies/: the resolved study, and rows of its models, crafts and probes in order."""
    return {
        "version": 1,
        "study": study.name,
        "title": study.title,
        "data": {"dataset": study.data.name, "digests": dict(facts.digests), "classes": facts.classes},
        "models": [
            {"order": order, **_model(study, network, networks[network.name].id)}
            for order, network in enumerate(study.networks)
        ],
        "crafts": [{"order": order, **_craft(one)} for order, one in enumerate(shown)],
        "probes": [{"order": order, **_probe(one)} for order, one in enumerate(asked)],
        "resolved": study.resolved(),
    }


def _model(study: Study, network: Network, model: str) -> dict[str, Any]:
    return {
        "model": model,
        "name": network.name,
        "family": network.family,
        "architecture": network.architecture.name,
        "split": network.split,
        "seed": network.seed,
        "is_surrogate": network.name in study.surrogates,
        "is_target": network.name in study.targets,
    }


def _craft(one: Shown) -> dict[str, Any]:
    return {
        "craft": one.task.id,
        "surrogate": one.surrogate,
        "surrogates": [surrogate.id for surrogate in one.task.surrogates],
        "attack": one.attack,
        "budget": one.budget,
        "norm": one.norm,
        "epsilon": one.epsilon,
        "role": one.role,
        "control": one.control,
        "like": one.task.like.id if one.task.like else None,
        "part": one.task.data.part,
        "images": one.task.images,
        "toward": None if one.task.toward is None else str(one.task.toward),
        "iterated": one.iterated,
        "step": one.step,
    }


def _probe(one: Asked) -> dict[str, Any]:
    return {
        "probe": one.task.id,
        "name": one.name,
        "function": one.task.probe.name,
        "model": one.model,
        "other": one.other,
        "craft": one.task.craft.id if one.task.craft else None,
        "attack": one.craft.attack if one.craft else None,
        "budget": one.craft.budget if one.craft else None,
        "part": one.task.data.part,
        "images": one.task.images,
    }
