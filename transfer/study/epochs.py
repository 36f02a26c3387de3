"""Training time as an axis: a network also as it was after fewer epochs."""

from dataclasses import replace

from transfer.study.desk import Desk
from transfer.study.nodes import Map, Node, Text
from transfer.study.sweeps import Value, values
from transfer.study.values import Network

ALSO_AT_EPOCHS = "also_at_epochs"


def over_time(desk: Desk, entry: Map, every: Map, network: Network) -> list[Network]:
    """The network after each of the epochs that are asked for, and at the end: one training, several models."""
    asked = sorted(_asked(desk, entry, every, network), key=lambda value: int(value.value))
    last = replace(network, epochs=tuple(value.value for value in asked))
    return [
        *(
            replace(last, name=f"{last.name} epoch {value.text}", trained_as=last.name, epoch=value.value)
            for value in asked
        ),
        last,
    ]


def _asked(desk: Desk, entry: Map, every: Map, network: Network) -> list[Value]:
    own = entry.items.get(ALSO_AT_EPOCHS)
    node = own or every.items.get(ALSO_AT_EPOCHS)
    if network.recipe is None or node is None or (isinstance(node, Text) and node.is_nothing):
        return []
    found = desk.describe("recipes", Text(node.place, node.path, network.recipe.name))
    settings = {setting.name for setting in found.settings} if found else set()
    if not {"trace", "epochs"} <= settings:
        if own:
            text = f"{entry.path} takes no '{ALSO_AT_EPOCHS}': '{network.recipe.name}' tells of no epochs"
            desk.problems.add("S030", entry.keys[ALSO_AT_EPOCHS], text)
        return []
    epochs = values(desk, node, "int", ALSO_AT_EPOCHS)
    return [value for value in epochs if _is_within(desk, node, network, value)]


def _is_within(desk: Desk, node: Node, network: Network, value: Value) -> bool:
    most = network.recipe.settings["epochs"] if network.recipe else 0
    if 0 <= value.value < most:
        return True
    text = f"an epoch from 0 to {most - 1} expected, before the last of {network.name}, found {value.text}"
    desk.add("S018", value.node or node, text)
    return False
