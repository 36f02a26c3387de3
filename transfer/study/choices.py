"""Choices of a study: a function by its name, with its settings checked, defaulted and swept."""

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transfer import catalog
from transfer.catalog import HANDED_OVER, REQUIRED, Description, Setting, did_you_mean
from transfer.study.problems import Place, Problems, quoted
from transfer.study.settings import Misread, read, takes_lists
from transfer.study.yaml_text import List, Map, Node, Text
from transfer.tasks import Choice

MOST = 10_000  # models, and attacks, of one study
MOST_TIMES = 100_000
LARGEST_SEED = 2**63 - 1
# Settings whose meaning everyone shares, whatever the function; the others are the function's own business.
RANGES: Mapping[str, tuple[int, int]] = {"steps": (1, MOST_TIMES), "epochs": (0, MOST_TIMES), "batch": (1, MOST_TIMES)}


@dataclass(frozen=True)
class Value:
    """One value of a setting, where it stands, how it was written and whether a list made it one of several."""

    value: Any
    text: str
    node: Node | None = None
    is_swept: bool = False

    def word(self, setting: str) -> str:
        """What it adds to a name: `P1`, but `seed 0`."""
        return self.text if isinstance(self.value, str) else f"{setting} {self.text}"


@dataclass(frozen=True)
class Variant:
    """A function with one value for each setting."""

    choice: Choice
    values: Mapping[str, Value]
    prefix: str = ""

    def words(self, leave_out: Collection[str] = ()) -> tuple[str, ...]:
        """What the choice and its swept settings add to a name."""
        swept = [value.word(name) for name, value in self.values.items() if value.is_swept and name not in leave_out]
        return (*filter(None, [self.prefix]), *swept)


@dataclass(frozen=True)
class Chosen:
    """A choice as it stands in the file: a name, or none, and settings."""

    name: Text | None = None
    settings: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, Place] = field(default_factory=dict)  # where each stands

    def place(self, path: Path) -> Place:
        """Where the choice stands, or the file where it stands nowhere."""
        return self.name.place if self.name else min(self.keys.values(), default=Place(str(path)))


class Desk:
    """Where a study is read: its folder, the problems found and the modules that travel."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems = Problems()
        self.modules: dict[str, Path] = {}

    def add(self, code: str, node: Node, text: str) -> None:
        self.problems.add(code, node.place, f"{node.path}: {text}" if node.path else text)

    def mapping(self, node: Node | None, known: Iterable[str] = ()) -> Map | None:
        """The node as a mapping whose keys are all `known` (any, where none is), nothing counting as empty."""
        if node is None:
            return None
        if isinstance(node, Text) and node.is_nothing:
            return Map(node.place, node.path)
        if not isinstance(node, Map):
            self.add("S094", node, f"expected a mapping, found {node.kind}")
            return None
        known = tuple(known)
        for key in node.items if known else ():
            if key not in known:
                hint = did_you_mean(key, known) or f" Known: {', '.join(known)}."
                within = f"{node.path}: " if node.path else ""
                self.problems.add("S009", node.keys[key], f"{within}unknown key {quoted(key)}.{hint}")
        return node

    def text(self, node: Node) -> str | None:
        """The node's text; a problem and None where it is a list or a mapping."""
        if isinstance(node, Text):
            return node.value
        self.add("S094", node, f"one value expected, found {node.kind}")
        return None

    def describe(self, kind: str, name: Text) -> Description | None:
        """What the catalogue knows of a name; a problem and None where it knows nothing."""
        try:
            found = catalog.describe(kind, name.value, self.path.parent)
        except (LookupError, ValueError, OSError) as problem:
            self.add("S029" if kind == "attacks" else "S028", name, str(problem))
            return None
        if found.travels:
            self.modules[str(found.revision)] = found.source
        return found

    def chosen(self, node: Node | None) -> Chosen:
        """A choice: a name, or `{name, settings}`."""
        if isinstance(node, Text) and not node.is_nothing:
            return Chosen(node)
        found = self.mapping(node)
        if found is None:
            return Chosen()
        name = found.items.get("name")
        settings = {setting: value for setting, value in found.items.items() if setting != "name"}
        if name is not None and not isinstance(name, Text):
            self.text(name)
        return Chosen(name if isinstance(name, Text) else None, settings, found.keys)

    def variants(
        self, found: Description, own: Chosen, default: Chosen, *, optional: Collection[str] = (), prefix: str = ""
    ) -> list[Variant]:
        """One variant for each combination of the settings' values; `default` gives those that `own` does not.

        A setting in `optional` may be left out although it has no default; `prefix` joins the names.
        """
        known = settable(found)
        for name in own.settings:
            if name not in known:
                self.unknown_setting(found.name, name, own.keys[name], known)
        values: dict[str, list[Value]] = {}
        for name, setting in known.items():
            node = own.settings.get(name, default.settings.get(name))
            if node is not None:
                values[name] = self.values(node, setting.annotation, name)
            elif setting.default is not REQUIRED:
                values[name] = [Value(setting.default, _written(None, setting.default))]
            elif name not in optional:
                values[name] = []
                self.problems.add("S096", own.place(self.path), f"{found.name!r} needs a setting {name!r}")
        self.count(values.values(), found.name)
        rows = (dict(zip(values, row, strict=True)) for row in itertools.product(*values.values()))
        return [
            Variant(Choice(found.name, {name: value.value for name, value in row.items()}, found.revision), row, prefix)
            for row in rows
        ]

    def unknown_setting(self, what: str, name: str, place: Place, known: Collection[str]) -> None:
        hint = did_you_mean(name, known) or (f" It takes: {', '.join(known)}." if known else " It takes none.")
        self.problems.add("S030", place, f"{what!r} takes no setting {quoted(name)}.{hint}")

    def unknown(self, node: Node, name: str, known: Collection[str], what: str) -> None:
        hint = did_you_mean(name, known) or f" Known: {', '.join(list(known)[:20])}."
        self.add("S097", node, f"no {what} is called {quoted(name)}.{hint}")

    def seeds(self, node: Node) -> list[Value]:
        found = self.values(node, "int", "seed", code="S034")
        for seed in found:
            if not 0 <= seed.value <= LARGEST_SEED and seed.node:
                self.add("S034", seed.node, f"whole number from 0 to 2^63-1 expected, found {seed.text}")
        return found

    def file(self, node: Node, text: str) -> Path | None:
        """The file that a text names, looked for from where the study lies."""
        if "://" in text:
            # Not shown: a password may be part of it.
            code, why = ("S039", "credentials in a URL are not allowed") if "@" in text else ("S098", "a URL")
            self.add(code, node, f"{why}; give a file")
            return None
        path = self.path.parent / text
        if not path.is_file():
            self.add("S098", node, f"no such file: {quoted(text)}; paths start at the study file")
            return None
        return path

    def values(self, node: Node, annotation: str, setting: str, code: str = "") -> list[Value]:
        """The value of a setting, or one of each of a list where one value is asked; none after a problem."""
        nodes: tuple[Node, ...] = (node,)
        is_swept = isinstance(node, List) and (
            not takes_lists(annotation) or any(isinstance(item, List) for item in node.items)
        )
        if is_swept and isinstance(node, List):
            nodes = node.items
            if not nodes:
                self.add("S094", node, "the list is empty")
        found: list[Value] = []
        for one in nodes:
            try:
                value = read(one, annotation)
            except Misread as problem:
                self.add(code or problem.code, problem.node, problem.text)
                continue
            written = Value(value, _written(one, value), one, is_swept)
            if value in [other.value for other in found]:
                self.add("S035", one, f"{written.text} given twice")
            elif self.is_in_range(one, setting, value):
                found.append(written)
        return found

    def is_in_range(self, node: Node, setting: str, value: Any) -> bool:
        low, high = RANGES.get(setting, (-math.inf, math.inf))
        if isinstance(value, int | float) and not low <= value <= high:
            self.add("S018", node, f"whole number from {low} to {high} expected, found {value}")
            return False
        return True

    def count(self, sweeps: Iterable[Sequence[Any]], what: str) -> None:
        """Refuses a product of sweeps that no study can mean, before it is made."""
        total = math.prod(len(sweep) for sweep in sweeps)
        if total > MOST:
            self.problems.add("S036", Place(str(self.path)), f"{what}: {total:,} combinations; at most {MOST:,}")
            self.problems.raise_any()


def settable(found: Description) -> dict[str, Setting]:
    """The settings of a function that a study may set."""
    return {setting.name: setting for setting in found.settings if setting.name not in HANDED_OVER}


def _written(node: Node | None, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(node, List):
        return "-".join(_written(item, None) for item in node.items)
    return node.value if isinstance(node, Text) else str(value)
