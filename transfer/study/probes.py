"""The probes of a study: what `probes` says."""

from transfer.study.attacks import read_entry_names
from transfer.study.desk import Chosen, Desk
from transfer.study.names import check_names
from transfer.study.nodes import Map, Node, Text, nodes_of
from transfer.study.sweeps import variants
from transfer.study.values import Attack, Measurement

RESERVED = ("probe", "of")


def read_probes(desk: Desk, node: Node | None, attacks: tuple[Attack, ...]) -> tuple[Measurement, ...]:
    """The probes in the order of the file, one for each combination of swept settings."""
    probes = desk.mapping(node)
    if probes is None:
        return ()
    check_names(desk, probes.keys, "probe")
    found: dict[str, Measurement] = {}
    for name, value in probes.items.items():
        entry = desk.mapping(value)
        if entry is None:
            continue
        function = desk.text(entry.items["probe"]) if "probe" in entry.items else Text(entry.place, entry.path, name)
        described = desk.describe("probes", function) if function else None
        if described is None:
            continue
        settings = {key: given for key, given in entry.items.items() if key not in RESERVED}
        own = Chosen(None, settings, entry.keys)
        of = _of(desk, entry, "crafted" in described.inputs, described.name, attacks)
        for variant in variants(desk, described, own, Chosen(), entry.place):
            called = " ".join([name, *variant.words()])
            found[called] = Measurement(called, variant.choice, described.inputs, of)
    return tuple(found.values())


def _of(desk: Desk, entry: Map, is_of_crafts: bool, name: str, attacks: tuple[Attack, ...]) -> tuple[str, ...]:
    """The attacks whose crafts are looked at, by the names that the study gives them: all, where none is named."""
    node = entry.items.get("of")
    if node is not None and not is_of_crafts:
        desk.problems.add("S030", entry.keys["of"], f"'{name}' takes no 'of': it looks at no crafted images")
        return ()
    if node is None:
        return tuple(dict.fromkeys(attack.name for attack in attacks)) if is_of_crafts else ()
    return read_entry_names(desk, nodes_of(node), attacks)
