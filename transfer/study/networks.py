"""The models of a study: what `models` and `every_model` say, one network for each combination of swept values."""

import hashlib
import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from transfer.study.choices import Chosen, Desk, Value, Variant, settable
from transfer.study.names import checked_names
from transfer.study.values import Network
from transfer.study.yaml_text import List, Map, Node, nodes_of

MODEL = ("architecture", "recipe", "split", "seed", "weights", "family")
EVERY_MODEL = ("architecture", "recipe", "split", "seed", "family")
TRAINED = ("recipe", "split", "seed")
WHOLE = "all"  # the split that is the whole training part


@dataclass(frozen=True)
class Models:
    """The networks of a study, and which of them each key of `models` stands for."""

    networks: tuple[Network, ...] = ()
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_models(desk: Desk, tree: Map, splits: Collection[str]) -> Models:
    """The networks in the order of the file, swept values in the order of their lists, the last varying fastest."""
    models = desk.mapping(tree.items.get("models"))
    every = desk.mapping(tree.items.get("every_model"), EVERY_MODEL) or Map(tree.place, "every_model")
    if not models or not models.items:
        desk.problems.add("S022", tree.keys.get("models", tree.place), "'models' is empty: at least 1 is needed")
        return Models()
    checked_names(desk, models.keys, "model")
    desk.count([list(models.items)], "models")
    networks: list[Network] = []
    members: dict[str, tuple[str, ...]] = {}
    used: dict[str, set[str]] = {"architecture": set(), "recipe": set()}
    for name, node in models.items.items():
        entry = desk.mapping(node, MODEL)
        if entry is None:
            continue
        found = _Model(desk, name, entry, every, splits, used).networks()
        members[name] = tuple(network.name for network in found)
        networks += found
        desk.count([networks], "models")
    _check_defaults(desk, every, used)
    return Models(tuple(networks), members)


def _check_defaults(desk: Desk, every: Map, used: Mapping[str, set[str]]) -> None:
    """A setting of `every_model` that no model has is a slip; one that only some have is what it is for."""
    for key, kind in (("architecture", "architectures"), ("recipe", "recipes")):
        for node in nodes_of(every.items.get(key)):
            chosen = desk.chosen(node)
            found = desk.describe(kind, chosen.name) if chosen.name else None
            known = set(settable(found)) if found else used[key]
            for setting in chosen.settings if found or used[key] else ():
                if setting not in known:
                    what = found.name if found else f"no {key}"
                    desk.unknown_setting(what, setting, chosen.keys[setting], known)


class _Model:
    """One entry of `models`."""

    def __init__(
        self, desk: Desk, name: str, entry: Map, every: Map, splits: Collection[str], used: Mapping[str, set[str]]
    ) -> None:
        self.desk, self.name, self.entry, self.every, self.splits, self.used = desk, name, entry, every, splits, used

    def networks(self) -> list[Network]:
        """One network for each architecture, recipe, split and seed that the entry asks for."""
        if "weights" in self.entry.items:
            return self.loaded()
        architectures = self.variants("architecture", "architectures")
        recipes = self.variants("recipe", "recipes")
        splits, seeds = self.of_split(), self.of_seed()
        self.desk.count([architectures, recipes, splits, seeds], f"models.{self.name}")
        return [
            Network(
                name=self.named(architecture.words(), recipe.words(), _words(split, "split"), _words(seed, "seed")),
                family=self.family(architecture),
                architecture=architecture.choice,
                recipe=recipe.choice,
                split=split.value,
                seed=seed.value,
            )
            for architecture, recipe, split, seed in itertools.product(architectures, recipes, splits, seeds)
        ]

    def loaded(self) -> list[Network]:
        """Networks trained elsewhere: nothing of `every_model` touches them."""
        for key in TRAINED:
            if key in self.entry.items:
                text = f"models.{self.name} has weights: {key!r} is for models that are trained here"
                self.desk.problems.add("S009", self.entry.keys[key], text)
        self.every = Map(self.every.place, self.every.path)
        files = [self.weights(node) for node in nodes_of(self.entry.items["weights"])]
        is_swept = isinstance(self.entry.items["weights"], List)
        return [
            Network(
                name=self.named(architecture.words(), (path.stem,) if is_swept else ()),
                family=self.family(architecture),
                architecture=architecture.choice,
                recipe=None,
                split=WHOLE,
                seed=0,
                weights=path,
                weights_digest=digest,
            )
            for architecture in self.variants("architecture", "architectures")
            for path, digest in filter(None, files)
        ]

    def weights(self, node: Node) -> tuple[Path, str] | None:
        text = self.desk.text(node)
        path = self.desk.file(node, text) if text is not None else None
        if path is None:
            return None
        if path.suffix != ".safetensors":
            text = f"{path.name} is no safetensors file; other formats can run code. Save it with safetensors.torch"
            self.desk.add("C060", node, text)
            return None
        with path.open("rb") as file:
            return path, hashlib.file_digest(file, "sha256").hexdigest()

    def variants(self, key: str, kind: str) -> list[Variant]:
        own, default = self.entry.items.get(key), self.every.items.get(key)
        if isinstance(default, List) and own is None:
            own, default = default, None
        found: list[Variant] = []
        for node in nodes_of(own):
            found += self.variants_of(key, kind, self.desk.chosen(node), self.desk.chosen(_first(default)), own)
        if own is None:
            found = self.variants_of(key, kind, Chosen(), self.desk.chosen(_first(default)), None)
        return found

    def variants_of(self, key: str, kind: str, own: Chosen, default: Chosen, node: Node | None) -> list[Variant]:
        name = own.name or default.name
        if name is None:
            place = node.place if node else self.entry.place
            text = f"models.{self.name} has no {key}; give it one, or every_model"
            self.desk.problems.add("S096", place, text)
            return []
        found = self.desk.describe(kind, name)
        if found is None:
            return []
        self.used[key].update(settable(found))
        prefix = name.value if isinstance(node, List) else ""
        return self.desk.variants(found, own, default, prefix=prefix)

    def of_split(self) -> list[Value]:
        node = self.entry.items.get("split", self.every.items.get("split"))
        if node is None:
            return [Value(WHOLE, WHOLE)]
        found = self.desk.values(node, "str", "split")
        for value in found:
            if value.value != WHOLE and value.value not in self.splits and value.node:
                self.desk.unknown(value.node, value.value, (WHOLE, *self.splits), "split")
        return found

    def of_seed(self) -> list[Value]:
        node = self.entry.items.get("seed", self.every.items.get("seed"))
        return [Value(0, "0")] if node is None else self.desk.seeds(node)

    def family(self, architecture: Variant) -> str:
        node = self.entry.items.get("family", self.every.items.get("family"))
        if node is not None:
            return self.desk.text(node) or ""
        return architecture.choice.name.rpartition(":")[2]

    def named(self, *words: Iterable[str]) -> str:
        return " ".join([self.name, *itertools.chain(*words)])


def _words(value: Value, setting: str) -> tuple[str, ...]:
    return (value.word(setting),) if value.is_swept else ()


def _first(node: Node | None) -> Node | None:
    # A list in every_model beside a choice of the model's own: the model has chosen.
    return None if isinstance(node, List) else node
