"""The attacks and controls of a study: what `attacks`, `every_attack` and `controls` say."""

import itertools

from transfer.catalog import REQUIRED, Description
from transfer.study.choices import Chosen, Desk, Value, Variant, settable
from transfer.study.names import checked_names
from transfer.study.settings import Misread, read
from transfer.study.values import Attack
from transfer.study.yaml_text import Map, Node, Text, nodes_of

RESERVED = ("attack", "toward", "also_at_rms")
GOALS = ("random_wrong", "least_likely")
BOUNDED = ("linf", "rms")  # the norms in which no two images are further apart than 1
PER_IMAGE = ("epsilon", "norm")  # a control's: as large as the perturbation that it stands beside
CLEAN = "clean"


def read_attacks(desk: Desk, tree: Map) -> tuple[Attack, ...]:
    """The attacks in the order of the file, one for each combination of swept values."""
    attacks = desk.mapping(tree.items.get("attacks"))
    every = desk.mapping(tree.items.get("every_attack")) or Map(tree.place, "every_attack")
    if not attacks or not attacks.items:
        desk.problems.add("S022", tree.keys.get("attacks", tree.place), "'attacks' is empty: at least 1 is needed")
        return ()
    checked_names(desk, attacks.keys, "attack", reserved=(CLEAN,))
    found: list[Attack] = []
    used: dict[str, None] = {"toward": None, "also_at_rms": None}
    for name, node in attacks.items.items():
        entry = desk.mapping(node)
        if entry is None:
            continue
        function = entry.items.get("attack") or Text(attacks.keys[name], node.path, name)
        described = desk.describe("attacks", function) if isinstance(function, Text) else None
        if not isinstance(function, Text):
            desk.text(function)
        if described:
            used.update(dict.fromkeys(settable(described)))
            found += _Entry(desk, name, entry, every, described).attacks()
        desk.count([found], "attacks")
    for setting, place in every.keys.items():
        if setting not in used and len(used) > 2:
            desk.unknown_setting("every_attack", setting, place, used)
    return tuple(found)


def read_controls(desk: Desk, node: Node | None) -> tuple[Attack, ...]:
    """What stands beside every craft, made as large image by image; the clean row is always there."""
    found: list[Attack] = []
    for one in nodes_of(node):
        own = desk.chosen(one)
        described = desk.describe("attacks", own.name) if own.name else None
        if not own.name:
            desk.add("S094", one, "the name of a control expected")
        if not own.name or not described:
            continue
        if described.name == CLEAN:
            desk.add("S097", own.name, "the clean row is always there; leave it out")
        elif _is_on_models(described):
            desk.add("S029", own.name, f"{described.name!r} attacks a model, and a control does not; e.g. noise")
        else:
            for setting in PER_IMAGE:
                if setting in own.settings:
                    text = f"a control takes no {setting!r}: it is as large as what it stands beside"
                    desk.problems.add("S030", own.keys[setting], text)
            found += [
                Attack(" ".join([described.name, *variant.words()]), "", variant.choice, inputs=described.inputs)
                for variant in desk.variants(described, own, Chosen(), optional=PER_IMAGE)
            ]
    names = [control.name for control in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        if node is not None:
            desk.add("S035", node, f"{name} given twice")
    return tuple(found)


def _is_on_models(described: Description) -> bool:
    return bool({"model", "models"} & set(described.inputs))


class _Entry:
    """One entry of `attacks`."""

    def __init__(self, desk: Desk, name: str, entry: Map, every: Map, described: Description) -> None:
        self.desk, self.name, self.entry, self.every, self.described = desk, name, entry, every, described

    def attacks(self) -> list[Attack]:
        if "perturbations" in self.described.inputs:
            text = f"{self.described.name!r} is made from a craft; name it under 'controls'"
            self.desk.add("S029", self.entry, text)
            return []
        own, default = self.chosen(self.entry), self.chosen(self.every)
        variants = self.desk.variants(self.described, own, default)
        toward, rms = self.toward(), self.also_at_rms()
        self.desk.count([variants, toward], f"attacks.{self.name}")
        found = [self.attack(variant, goal, rms) for variant, goal in itertools.product(variants, toward)]
        return [attack for attack in found if attack]

    def chosen(self, entry: Map) -> Chosen:
        settings = {name: node for name, node in entry.items.items() if name not in RESERVED}
        return Chosen(Text(self.entry.place, self.entry.path, self.name), settings, entry.keys)

    def attack(self, variant: Variant, toward: Value | None, rms: tuple[float, ...]) -> Attack | None:
        epsilon = variant.values.get("epsilon")
        norm = variant.choice.settings.get("norm", "linf" if epsilon else None)
        if epsilon and not self.is_epsilon(epsilon, norm):
            return None
        in_budget = ("epsilon", "norm") if epsilon else ()
        words = [*variant.words(in_budget)]
        if toward and toward.is_swept:
            words.append(toward.word("toward"))
        return Attack(
            name=" ".join([self.name, *words]),
            budget=f"{norm} {epsilon.text}" if epsilon else "as crafted",
            choice=variant.choice,
            norm=norm,
            epsilon=float(epsilon.value) if epsilon else None,
            toward=toward.value if toward else None,
            also_at_rms=rms,
            inputs=self.described.inputs,
        )

    def is_epsilon(self, epsilon: Value, norm: str | None) -> bool:
        if epsilon.node is None:
            return True
        if epsilon.value < 0:
            self.desk.add("S015", epsilon.node, f"must be >= 0, found {epsilon.text}")
        elif epsilon.value > 1 and norm in BOUNDED:
            hint = f" Did you mean {epsilon.text}/255?" if epsilon.value <= 255 and "/" not in epsilon.text else ""
            self.desk.add("S016", epsilon.node, f"{epsilon.text} exceeds the image range 1.0.{hint}")
        else:
            return True
        return False

    def given(self, key: str, is_possible: bool, why: str) -> Node | None:
        """A reserved key's node: the attack's own, or every_attack's where the attack can have it."""
        own = self.entry.items.get(key)
        if own is not None and not is_possible:
            text = f"attack {self.described.name!r} takes no {key!r}: {why}"
            self.desk.problems.add("S030", self.entry.keys[key], text)
        return (own or self.every.items.get(key)) if is_possible else None

    def toward(self) -> list[Value] | list[None]:
        """The classes aimed at; one None for an attack away from the label."""
        goals = {setting.name: setting for setting in self.described.settings}.get("goals")
        node = self.given("toward", goals is not None, "it has no goals")
        if node is None and goals and goals.default is REQUIRED:
            text = f"attacks.{self.name} needs 'toward': {', '.join(GOALS)} or a class"
            self.desk.problems.add("S096", self.entry.place, text)
            return []
        if node is None or (isinstance(node, Text) and node.is_nothing):
            return [None]
        found = self.desk.values(node, f"Literal{list(GOALS)} | int", "toward")
        for value in found:
            if isinstance(value.value, int) and value.value < 0 and value.node:
                self.desk.add("S095", value.node, f"a class is 0 or more, found {value.text}")
        return found

    def also_at_rms(self) -> tuple[float, ...]:
        node = self.given("also_at_rms", _is_on_models(self.described), "it is crafted once, without a surrogate")
        found: dict[float, Node] = {}
        for one in nodes_of(node):
            try:
                size = read(one, "float")
            except Misread as problem:
                self.desk.add(problem.code, problem.node, problem.text)
                continue
            if not 0 < size <= 1:
                self.desk.add("S015", one, f"a size from 0 to 1 expected, found {size:g}")
            elif size in found:
                self.desk.add("S035", one, f"{size:g} given twice")
            found[size] = one
        return tuple(found)
