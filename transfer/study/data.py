"""The data set of a study, and the classes of it that are kept."""

from dataclasses import replace

from transfer.study.desk import Chosen, Desk
from transfer.study.nodes import Map
from transfer.study.sweeps import values, variants
from transfer.tasks import Choice

CLASSES = "classes"  # what every data set takes, whatever its function does
NONE = Choice("", {})


def read_choice(desk: Desk, tree: Map) -> Choice:
    """The data set that `data` names, with its settings."""
    node = tree.items.get("data")
    chosen = desk.chosen(node)
    place = node.place if node else tree.place
    if chosen.name is None:
        desk.problems.add("S096", place, "the study names no data set; as in `data: mnist`")
        return NONE
    described = desk.describe("datasets", chosen.name)
    if described is None:
        return NONE
    own = replace(chosen, settings={name: held for name, held in chosen.settings.items() if name != CLASSES})
    found = variants(desk, described, own, Chosen(), place)
    if len(found) > 1:
        desk.problems.add("S094", place, "a study has one data set; give each of its settings one value")
    kept = {CLASSES: _classes(desk, chosen)} if CLASSES in chosen.settings else {}
    return replace(found[0].choice, settings={**found[0].choice.settings, **kept}) if found else NONE


def _classes(desk: Desk, chosen: Chosen) -> tuple[int, ...]:
    """The classes that are kept: at least two, each once."""
    node = chosen.settings[CLASSES]
    found = values(desk, node, "tuple[int, ...]", CLASSES)
    classes: tuple[int, ...] = found[0].value if found else ()
    if len(found) > 1:
        desk.add("S094", node, "a study has one data set; one list of classes expected")
    elif found and len(classes) < 2:
        desk.add("S094", node, "at least two classes expected, as in [3, 7]")
    for one in classes:
        if one < 0:
            desk.add("S095", node, f"a class is 0 or more, found {one}")
    if len(set(classes)) < len(classes):
        twice = next(one for one in classes if classes.count(one) > 1)
        desk.add("S035", node, f"class {twice} given twice")
    return classes
