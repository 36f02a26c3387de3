"""The attacks and controls of a study: what `attacks`, `every_attack` and `controls` say."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from transfer.catalog import REQUIRED, Description
from transfer.study.desk import Chosen, Desk, settable, short
from transfer.study.imported import read_imported
from transfer.study.names import check_names, selected
from transfer.study.nodes import Map, Node, Text, nodes_of
from transfer.study.problems import quoted
from transfer.study.sweeps import Value, Variant, refuse_too_many, values, variants
from transfer.study.values import Attack

RESERVED = ("attack", "toward", "also_at_rms", "also_at_steps", "surrogates")
TOWARD = "Literal['random_wrong', 'least_likely'] | int"
BOUNDED = ("linf", "rms")  # the norms in which no two images are further apart than 1
PER_IMAGE = ("epsilon", "norm")  # a control's: as large as the perturbation that it stands beside
CLEAN = "clean"


def read_attacks(
    desk: Desk, tree: Map, rows: Collection[str], surrogates: Mapping[str, tuple[str, ...]]
) -> tuple[Attack, ...]:
    """The attacks in the order of the file, one for each combination of swept values.

    `rows` are the names of models and ensembles, on which images made elsewhere may have been made; `surrogates` those
    that the study attacks, with what each stands for.
    """
    attacks = desk.mapping(tree.items.get("attacks"))
    every = desk.mapping(tree.items.get("every_attack")) or Map(tree.place, "every_attack")
    if not attacks or not attacks.items:
        if "probes" in tree.items:
            return ()
        desk.problems.add("S022", tree.keys.get("attacks", tree.place), "'attacks' is empty: at least 1 is needed")
        return ()
    check_names(desk, attacks.keys, "attack", reserved=CLEAN)
    found: dict[tuple[str, str], Attack] = {}
    used = dict.fromkeys(RESERVED[1:])
    for name, node in attacks.items.items():
        entry = desk.mapping(node)
        if entry and "images" in entry.items:
            imported = read_imported(desk, name, entry, rows)
            found |= {(imported.name, imported.budget): imported} if imported else {}
            continue
        described = _described(desk, name, entry) if entry else None
        if not entry or not described:
            continue
        used.update(dict.fromkeys(settable(described)))
        for attack in _Entry(desk, name, entry, every, described, surrogates).attacks():
            key = (attack.name, attack.budget)
            if key in found:
                desk.problems.add("S023", attacks.keys[name], f"two attacks are called {quoted(' '.join(key))}")
            found[key] = attack
        refuse_too_many(desk, [tuple(found)], attacks.place, "attacks")
    for setting in every.items if found else ():
        if setting not in used:
            text = "every_attack: no attack of this study takes a setting"
            desk.add_unknown("S030", every.keys[setting], text, setting, used)
    return tuple(found.values())


def _described(desk: Desk, name: str, entry: Map) -> Description | None:
    """The function of an entry: its key, unless `attack` names another."""
    if "attack" not in entry.items:
        return desk.describe("attacks", Text(entry.place, entry.path, name))
    function = desk.text(entry.items["attack"])
    return desk.describe("attacks", function) if function else None


def read_controls(desk: Desk, node: Node | None) -> tuple[Attack, ...]:
    """What stands beside every craft, made as large image by image; the clean row is always there."""
    found: dict[str, Attack] = {}
    for one in nodes_of(node):
        own = desk.chosen(one)
        described = desk.describe("attacks", own.name) if own.name else None
        if not own.name:
            desk.add("S096", one, "a control is the name of a function, as noise")
        if not own.name or not described or not _is_control(desk, own, described):
            continue
        for variant in variants(desk, described, own, Chosen(), one.place, optional=PER_IMAGE):
            name = " ".join([short(described.name), *variant.words()])
            if name in found:
                desk.add("S035", one, f"{name} given twice")
            found[name] = Attack(name, "", variant.choice, inputs=described.inputs)
    return tuple(found.values())


def _is_control(desk: Desk, own: Chosen, described: Description) -> bool:
    is_control = False
    if described.name == CLEAN and own.name:
        desk.add("S097", own.name, "the clean row is always there; leave it out")
    elif _is_on_models(described) and own.name:
        desk.add("S029", own.name, f"'{described.name}' attacks a model, and a control does not")
    else:
        is_control = True
    for setting in PER_IMAGE:
        if setting in own.settings:
            text = f"a control takes no '{setting}': it is as large as what it stands beside"
            desk.problems.add("S030", own.keys[setting], text)
    return is_control


def _is_on_models(described: Description) -> bool:
    return bool({"model", "models"} & set(described.inputs))


def _is_of_a_craft(described: Description) -> bool:
    """Whether it takes perturbations, from its own images or, without a model to attack, from the pool's."""
    return "perturbations" in described.inputs or ("pool" in described.inputs and not _is_on_models(described))


@dataclass(frozen=True)
class _Entry:
    """One entry of `attacks`, beside what holds for every one."""

    desk: Desk
    name: str
    entry: Map
    every: Map
    described: Description
    known: Mapping[str, tuple[str, ...]]  # surrogates by name

    def attacks(self) -> list[Attack]:
        """One attack for each combination of settings and goals."""
        if _is_of_a_craft(self.described):
            text = f"'{self.described.name}' is made from a craft; name it under 'controls'"
            self.desk.add("S029", self.entry, text)
            return []
        own, default = _settings(self.entry), _settings(self.every)
        found = variants(self.desk, self.described, own, default, self.entry.place)
        toward, rms, steps = self.toward(), self.also_at_rms(), self.also_at_steps()
        refuse_too_many(self.desk, [found, toward], self.entry.place, self.entry.path)
        return [
            self.attack(variant, goal, rms, steps)
            for variant, goal in itertools.product(found, toward)
            if self.is_epsilon(variant) and self.is_within(steps, variant)
        ]

    def attack(self, variant: Variant, toward: Value, rms: tuple[float, ...], steps: Sequence[Value]) -> Attack:
        epsilon, norm = _budget(variant)
        # The budget is told apart from the name; without an epsilon the norm is a setting like another.
        words = variant.words(leave_out=("epsilon", "norm") if epsilon else ())
        return Attack(
            name=" ".join([self.name, *words, *toward.words("toward")]),
            budget=f"{norm} {epsilon.text}" if epsilon else "as crafted",
            choice=variant.choice,
            norm=norm,
            epsilon=epsilon.value if epsilon else None,
            toward=toward.value,
            also_at_rms=rms,
            also_at_steps=tuple(step.value for step in steps),
            surrogates=self.surrogates(),
            inputs=self.described.inputs,
            entry=self.name,
        )

    def is_epsilon(self, variant: Variant) -> bool:
        """Whether the budget can be one, in its norm."""
        epsilon, norm = _budget(variant)
        if epsilon is None or epsilon.node is None:
            return True
        if epsilon.value < 0:
            self.desk.add("S015", epsilon.node, f"must be >= 0, found {epsilon.text}")
        elif epsilon.value > 1 and norm in BOUNDED:
            hint = f" Did you mean {epsilon.text}/255?" if epsilon.value <= 255 and epsilon.text.isdigit() else ""
            self.desk.add("S016", epsilon.node, f"{epsilon.text} exceeds the image range 1.0.{hint}")
        else:
            return True
        return False

    def is_within(self, steps: Sequence[Value], variant: Variant) -> bool:
        """Whether the attack goes on beyond each of the steps at which it is to be shown."""
        most = variant.choice.settings.get("steps", 0)
        late = [step for step in steps if not 0 < step.value < most]
        for step in late:
            text = f"a step from 1 to {most - 1} expected, before the last of {self.name}, found {step.text}"
            self.desk.add("S018", step.node or self.entry, text)
        return not late

    def given(self, key: str, is_possible: bool, why: str) -> Node | None:
        """A reserved key's node: the attack's own, or every_attack's where the attack can have it."""
        own = self.entry.items.get(key)
        if own is not None and not is_possible:
            text = f"'{self.described.name}' takes no '{key}': {why}"
            self.desk.problems.add("S030", self.entry.keys[key], text)
        node = own or self.every.items.get(key)
        is_nothing = isinstance(node, Text) and node.is_nothing
        return node if is_possible and not is_nothing else None

    def toward(self) -> list[Value]:
        """The classes aimed at; one None for an attack away from the label."""
        goals = [setting for setting in self.described.settings if setting.name == "goals"]
        node = self.given("toward", bool(goals), "it aims at no class")
        if node:
            found = values(self.desk, node, TOWARD, "toward")
            for value in found:
                if isinstance(value.value, int) and value.value < 0:
                    self.desk.add("S095", value.node or node, f"a class is 0 or more, found {value.text}")
            return found
        if goals and goals[0].default is REQUIRED:
            text = f"{self.entry.path} needs a 'toward': random_wrong, least_likely or a class"
            self.desk.problems.add("S096", self.entry.place, text)
        return [Value(None, "")]

    def surrogates(self) -> tuple[str, ...]:
        """Those of the study's surrogates that it attacks; none where it attacks all."""
        node = self.given("surrogates", _is_on_models(self.described), "it is crafted once, without a surrogate")
        order = tuple(dict.fromkeys(row for rows in self.known.values() for row in rows))
        return selected(self.desk, node, self.known, order) if node else ()

    def also_at_rms(self) -> tuple[float, ...]:
        """The sizes at which the same craft is shown once more."""
        node = self.given("also_at_rms", _is_on_models(self.described), "it is crafted once, without a surrogate")
        found = values(self.desk, node, "float", "also_at_rms") if node else []
        for size in found:
            if not 0 < size.value <= 1:
                self.desk.add("S015", size.node or self.entry, f"a size from 0 to 1 expected, found {size.text}")
        return tuple(size.value for size in found)

    def also_at_steps(self) -> list[Value]:
        """The steps after which the same craft is shown once more."""
        settings = {setting.name for setting in self.described.settings}
        node = self.given("also_at_steps", {"trace", "steps"} <= settings, "it tells of no steps")
        return values(self.desk, node, "int", "also_at_steps") if node else []


def read_entry_names(desk: Desk, nodes: Sequence[Node], attacks: Sequence[Attack]) -> tuple[str, ...]:
    """The names of attacks that a list stands for; an entry of `attacks` stands for all that it was swept to."""
    known: dict[str, list[str]] = {}
    for attack in attacks:
        for name in dict.fromkeys((attack.entry, attack.name)):
            known.setdefault(name, []).append(attack.name)
    found: list[str] = []
    for node in nodes:
        text = desk.text(node)
        if text and text.value not in known:
            desk.add_unknown("S097", node.place, f"{node.path}: no attack", text.value, known)
        found += known.get(text.value, []) if text else []
    return tuple(dict.fromkeys(found))


def _settings(entry: Map) -> Chosen:
    return Chosen(None, {name: node for name, node in entry.items.items() if name not in RESERVED}, entry.keys)


def _budget(variant: Variant) -> tuple[Value | None, str | None]:
    """The epsilon, if there is one, and the norm that it is measured in."""
    epsilon = variant.values.get("epsilon")
    if epsilon and not isinstance(epsilon.value, int | float):
        epsilon = None
    return epsilon, variant.choice.settings.get("norm", "linf" if epsilon else None)
