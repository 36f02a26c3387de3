"""The models of a study: what `models` and `every_model` say, one network for each combination of swept values."""

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from transfer.study.adversaries import check_adversaries
from transfer.study.asked import asked_in, check_order, in_full
from transfer.study.desk import Chosen, Desk, settable, short
from transfer.study.epochs import ALSO_AT_EPOCHS, over_time
from transfer.study.names import ALL, check_names
from transfer.study.nodes import List, Map, Node, nodes_of
from transfer.study.sweeps import Value, Variant, refuse_too_many, seeds, single, values, variants
from transfer.study.values import Network
from transfer.study.weights import read_weights

EVERY_MODEL = ("architecture", "recipe", "split", "seed", "family", "answers", ALSO_AT_EPOCHS)
MODEL = (*EVERY_MODEL, "weights")
TRAINED = ("recipe", "split", "seed", ALSO_AT_EPOCHS)
KINDS = {"architecture": "architectures", "recipe": "recipes"}
ANSWERS = "Literal['logits', 'labels']"


@dataclass(frozen=True)
class Models:
    """The networks of a study, and which of them each key of `models` stands for."""

    networks: tuple[Network, ...] = ()
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, tuple[str, ...]]:
        """The networks that a name stands for: all of a swept model, or the one of a full name."""
        return {**{network.name: (network.name,) for network in self.networks}, **self.members}


def read_models(desk: Desk, tree: Map, splits: Collection[str]) -> Models:
    """The networks in the order of the file, swept values in the order of their lists, the last varying fastest."""
    models = desk.mapping(tree.items.get("models"))
    every = desk.mapping(tree.items.get("every_model"), EVERY_MODEL) or Map(tree.place, "every_model")
    if not models or not models.items:
        desk.problems.add("S022", tree.keys.get("models", tree.place), "'models' is empty: at least 1 is needed")
        return Models()
    check_names(desk, models.keys, "model")
    refuse_too_many(desk, [tuple(models.items)], models.place, "models")
    networks: list[Network] = []
    members: dict[str, tuple[str, ...]] = {}
    used: dict[str, dict[str, None]] = {key: {} for key in KINDS}
    asked: list[Value] = []
    for name, node in models.items.items():
        entry = desk.mapping(node, MODEL)
        if entry is None:
            continue
        found = _Model(desk, name, entry, every, splits, used, asked).networks()
        members[name] = tuple(network.name for network in found)
        networks += found
        refuse_too_many(desk, [networks], models.place, "models")
    _check_defaults(desk, every, used)
    whole = in_full(desk, networks, Models(tuple(networks), members).known, asked)
    check_order(desk, whole, {name: models.keys[key] for key, names in members.items() for name in names})
    return Models(whole, members)


def _check_defaults(desk: Desk, every: Map, used: Mapping[str, Mapping[str, None]]) -> None:
    """A setting of `every_model` that no model has is a slip; one that only some have is what it is for."""
    for key, kind in KINDS.items():
        for node in nodes_of(every.items.get(key)):
            chosen = desk.chosen(node)
            found = desk.describe(kind, chosen.name) if chosen.name else None
            known = settable(found) if found else used[key]
            text = f"'{found.name}' takes no setting" if found else f"no {key} of this study takes a setting"
            for setting in chosen.settings if found or known else ():
                if setting not in known:
                    desk.add_unknown("S030", chosen.keys[setting], text, setting, known)


@dataclass(frozen=True)
class _Model:
    """One entry of `models`, beside what holds for every one."""

    desk: Desk
    name: str
    entry: Map
    every: Map
    splits: Collection[str]
    used: Mapping[str, dict[str, None]]  # settings that some model has; grows
    asked: list[Value]  # settings that are models; grows

    def networks(self) -> list[Network]:
        """One network for each architecture, recipe, split and seed that the entry asks for."""
        if "weights" in self.entry.items:
            return self.loaded()
        architectures, recipes = self.variants("architecture", self.every), self.variants("recipe", self.every)
        splits, own_seeds = self.of_split(), self.of_seed()
        refuse_too_many(self.desk, [architectures, recipes, splits, own_seeds], self.entry.place, self.entry.path)
        networks = [
            Network(
                name=self.named(architecture.words(), recipe.words(), split.words("split"), seed.words("seed")),
                family=self.family(architecture, self.every),
                architecture=architecture.choice,
                recipe=recipe.choice,
                split=split.value,
                seed=seed.value,
                answers=self.answers(self.every),
            )
            for architecture, recipe, split, seed in itertools.product(architectures, recipes, splits, own_seeds)
        ]
        return [one for network in networks for one in over_time(self.desk, self.entry, self.every, network)]

    def loaded(self) -> list[Network]:
        """Networks trained elsewhere: nothing of `every_model` touches them."""
        for key in TRAINED:
            if key in self.entry.items:
                text = f"{self.entry.path} has weights, and '{key}' is for models that are trained here"
                self.desk.problems.add("S009", self.entry.keys[key], text)
        nothing = Map(self.every.place, self.every.path)
        node = self.entry.items["weights"]
        files = [file for file in (read_weights(self.desk, one) for one in nodes_of(node)) if file]
        return [
            Network(
                name=self.named(architecture.words(), (path.stem,) if isinstance(node, List) else ()),
                family=self.family(architecture, nothing),
                architecture=architecture.choice,
                recipe=None,
                split=ALL,
                seed=0,
                weights=path,
                weights_digest=digest,
                answers=self.answers(nothing),
            )
            for architecture in self.variants("architecture", nothing)
            for path, digest in files
        ]

    def variants(self, key: str, every: Map) -> list[Variant]:
        """The choices of an architecture or recipe: the model's own, amending every_model's where it names none."""
        own, default = self.entry.items.get(key), every.items.get(key)
        if isinstance(default, List):
            # Several for every model: each is a whole choice, and a model that says anything has chosen.
            own, default = default if own is None else own, None
        if own is None and default is None:
            text = f"{self.entry.path} has no {key}; give it one, or every_model"
            self.desk.problems.add("S096", self.entry.place, text)
            return []
        found: list[Variant] = []
        for node in nodes_of(own) or (None,):
            found += self.variants_of(key, self.desk.chosen(node), self.desk.chosen(default), own)
        return found

    def variants_of(self, key: str, own: Chosen, default: Chosen, node: Node | None) -> list[Variant]:
        name = own.name or default.name
        place = node.place if node else self.entry.place
        if name is None:
            text = f"{self.entry.path} does not say which {key}; give a name, or one for every_model"
            self.desk.problems.add("S096", place, text)
            return []
        found = self.desk.describe(KINDS[key], name)
        if found is None:
            return []
        self.used[key].update(dict.fromkeys(settable(found)))
        prefix = (short(name.value),) if isinstance(node, List) else ()
        made = variants(self.desk, found, own, default, place, prefix=prefix)
        check_adversaries(self.desk, made)
        self.asked.extend(asked_in(made))
        return made

    def of_split(self) -> list[Value]:
        node = self.entry.items.get("split", self.every.items.get("split"))
        if node is None:
            return [Value(ALL, ALL)]
        known = (ALL, *self.splits)
        found = values(self.desk, node, "str", "split")
        for value in found:
            if value.value not in known and value.node:
                self.desk.add_unknown("S097", value.node.place, f"{value.node.path}: no split", value.value, known)
        return found

    def of_seed(self) -> list[Value]:
        node = self.entry.items.get("seed", self.every.items.get("seed"))
        return [Value(0, "0")] if node is None else seeds(self.desk, node)

    def family(self, architecture: Variant, every: Map) -> str:
        """The block of the heatmap: what the file says, else the architecture's name."""
        default = short(architecture.choice.name)
        node = self.entry.items.get("family", every.items.get("family"))
        return str(single(self.desk, node, "str", "family", default))

    def answers(self, every: Map) -> str:
        """What it says to who asks it: its logits, or labels alone."""
        node = self.entry.items.get("answers", every.items.get("answers"))
        return str(single(self.desk, node, ANSWERS, "answers", "logits"))

    def named(self, *words: tuple[str, ...]) -> str:
        return " ".join([self.name, *itertools.chain(*words)])
