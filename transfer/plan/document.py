"""The study as it is kept with its results: every id with what people call it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from transfer.datasets import Facts
from transfer.plan.crafts import Shown
from transfer.plan.probes import Asked
from transfer.study import Network, Study
from transfer.tasks import Craft, Train


def document(
    study: Study, facts: Facts, networks: Mapping[str, Train], shown: Sequence[Shown], asked: Sequence[Asked]
) -> dict[str, Any]:
    """What goes to studies/: the resolved study, and rows of its models, crafts and probes in order."""
    return {
        "version": 1,
        "study": study.name,
        "title": study.title,
        "data": _data(study, facts),
        "models": [
            {"order": order, **_model(study, network, networks[network.name])}
            for order, network in enumerate(study.networks)
        ],
        "crafts": [{"order": order, **_craft(one, facts)} for order, one in enumerate(shown)],
        "probes": [{"order": order, **_probe(one)} for order, one in enumerate(asked)],
        "resolved": study.resolved(),
    }


def _model(study: Study, network: Network, train: Train) -> dict[str, Any]:
    return {
        "model": train.id,
        "name": network.name,
        "family": network.family,
        "architecture": network.architecture.name,
        "split": network.split,
        "seed": network.seed,
        "trained_as": (network.trained_as or network.name) if network.recipe else None,
        "epoch": _epoch(network),
        "answers": network.answers,
        "asks": [other.id for other in train.asks()],
        "is_surrogate": network.name in study.surrogates,
        "is_target": network.name in study.targets,
    }


def _epoch(network: Network) -> int | None:
    """The epochs that it has behind it; None where its recipe counts none."""
    if network.epoch is not None or network.recipe is None:
        return network.epoch
    epochs: int | None = network.recipe.settings.get("epochs")
    return epochs


def _data(study: Study, facts: Facts) -> dict[str, Any]:
    overlap = {"overlap": asdict(facts.overlap)} if facts.overlap else {}
    counts = {"images": dict(facts.counts), "classes": facts.classes}
    return {"dataset": study.data.name, "digests": dict(facts.digests), **counts, **overlap}


def _craft(one: Shown, facts: Facts) -> dict[str, Any]:
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
        "chosen": _chosen(one.task, facts),
        "toward": None if one.task.toward is None else str(one.task.toward),
        "iterated": one.iterated,
        "step": one.step,
    }


def _chosen(task: Craft, facts: Facts) -> str:
    """The rule by which a craft's images were taken from their part; no network has a say in it."""
    count = facts.counts[task.data.part]
    if task.images == count:
        return f"all {count:,} of {task.data.part}"
    return f"first {task.images:,} of {count:,} of {task.data.part}, in the label-balanced order of seed {task.seed}"


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
