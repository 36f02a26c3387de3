"""Models that a recipe asks for answers: one model of the study is then trained after another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from transfer.study.desk import Desk
from transfer.study.problems import Place, quoted
from transfer.study.sweeps import Value, Variant
from transfer.study.values import ModelName, Network


def asked_in(variants: Iterable[Variant]) -> list[Value]:
    """The settings of recipes that are models."""
    return [one for variant in variants for one in variant.values.values() if isinstance(one.value, ModelName)]


def in_full(
    desk: Desk, networks: Sequence[Network], known: Mapping[str, Sequence[str]], asked: Iterable[Value]
) -> tuple[Network, ...]:
    """The networks with the full names of the models that their recipes ask; notes what names no model, or several."""
    for value in {id(one.node): one for one in asked}.values():
        names = known.get(value.value, ())
        if not names and value.node:
            desk.add_unknown("S097", value.node.place, f"{value.node.path}: no model", value.value, known)
        elif len(names) > 1 and value.node:
            text = f"{quoted(value.value)} stands for {len(names)} models; name one, as {quoted(names[0])}"
            desk.add("S097", value.node, text)
    return tuple(_in_full(network, known) for network in networks)


def check_order(desk: Desk, networks: Sequence[Network], places: Mapping[str, Place]) -> None:
    """Notes models that wait for each other; `places` says where each network stands."""
    needs = {network.name: set(asked_by(network)) for network in networks}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as problem:
        names = problem.args[1][::-1]
        desk.problems.add("S038", places[names[0]], f"models {' -> '.join(names)} depend on each other")


def asked_by(network: Network) -> tuple[str, ...]:
    """The names of the models that a network's recipe asks."""
    settings = network.recipe.settings.values() if network.recipe else ()
    return tuple(str(one) for one in settings if isinstance(one, ModelName))


def _in_full(network: Network, known: Mapping[str, Sequence[str]]) -> Network:
    if not network.recipe or not asked_by(network):
        return network
    settings = {
        name: ModelName(known[one][0]) if isinstance(one, ModelName) and known.get(one) else one
        for name, one in network.recipe.settings.items()
    }
    return replace(network, recipe=replace(network.recipe, settings=settings))
