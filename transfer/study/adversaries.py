"""Attacks among the settings of a recipe: what cannot be meant by one that trains a network."""

from collections.abc import Iterable, Iterator

from transfer.study.attacks import BOUNDED
from transfer.study.desk import Desk
from transfer.study.nodes import Node, Text
from transfer.study.sweeps import Value, Variant
from transfer.tasks import Choice


def check_adversaries(desk: Desk, variants: Iterable[Variant]) -> None:
    """Notes a budget larger than the images, and what is no attack but made from one; each once."""
    checked: set[int] = set()
    for value in (value for variant in variants for value in variant.values.values()):
        if isinstance(value.value, Choice) and value.node and id(value) not in checked:
            checked.add(id(value))
            for code, text in _problems(desk, value, value.node):
                desk.add(code, value.node, text)


def _problems(desk: Desk, value: Value, node: Node) -> Iterator[tuple[str, str]]:
    attack = value.value
    found = desk.describe("attacks", Text(node.place, node.path, attack.name))
    if found and "perturbations" in found.inputs:
        yield "S029", f"'{attack.name}' is made from a craft; a recipe needs an attack"
    epsilon, norm = attack.settings.get("epsilon"), attack.settings.get("norm", "linf")
    if isinstance(epsilon, int | float) and epsilon < 0:
        yield "S015", f"'epsilon' of {attack.name} must be >= 0, found {epsilon:g}"
    if isinstance(epsilon, int | float) and epsilon > 1 and norm in BOUNDED:
        hint = f" Did you mean {epsilon:g}/255?" if epsilon <= 255 and epsilon == int(epsilon) else ""
        yield "S016", f"'epsilon' of {attack.name}: {epsilon:g} exceeds the image range 1.0.{hint}"
