"""Settings with their values: checked, defaulted, and one of each where a list stands for one value."""

import itertools
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transfer.catalog import REQUIRED, Description
from transfer.study.desk import Chosen, Desk, settable, short
from transfer.study.nodes import List, Node, Text, nodes_of
from transfer.study.problems import Place
from transfer.study.settings import Misread, read, takes_lists
from transfer.study.values import ModelName
from transfer.tasks import Choice

ATTACK = "Attack"  # the annotation of a recipe's setting that is an attack
MODEL = "Model"  # and of one that is another model of the study
MOST = 10_000  # models, and attacks, of one study
LARGEST_COUNT = 100_000
LARGEST_SEED = 2**63 - 1
# Settings whose meaning everyone shares, whatever the function; the others are the function's own business.
RANGES: Mapping[str, tuple[int, int]] = {
    "steps": (1, LARGEST_COUNT),
    "epochs": (0, LARGEST_COUNT),
    "batch": (1, LARGEST_COUNT),
    "images": (1, 100_000_000),
}


@dataclass(frozen=True)
class Value:
    """One value of a setting, how it was written, and whether a list made it one of several."""

    value: Any
    text: str
    node: Node | None = None  # None: a default
    is_swept: bool = False

    def words(self, setting: str) -> tuple[str, ...]:
        """What it adds to a name when it is swept: `P1`, but `seed 0`."""
        if not self.is_swept:
            return ()
        return (self.text if isinstance(self.value, str) else f"{setting} {self.text}",)


@dataclass(frozen=True)
class Variant:
    """A function with one value for each setting."""

    choice: Choice
    values: Mapping[str, Value]
    prefix: tuple[str, ...] = ()

    def words(self, leave_out: Collection[str] = ()) -> tuple[str, ...]:
        """What the choice and its swept settings add to a name."""
        swept = (value.words(name) for name, value in self.values.items() if name not in leave_out)
        return (*self.prefix, *itertools.chain(*swept))


def variants(
    desk: Desk,
    found: Description,
    own: Chosen,
    default: Chosen,
    place: Place,
    *,
    optional: Collection[str] = (),
    prefix: tuple[str, ...] = (),
) -> list[Variant]:
    """One variant for each combination of the settings' values; `default` gives those that `own` does not.

    A setting in `optional` may be left out although it has no default; `prefix` joins the names.
    """
    known = settable(found)
    for name in own.settings:
        if name not in known:
            desk.add_unknown("S030", own.keys[name], f"'{found.name}' takes no setting", name, known)
    sweeps: dict[str, list[Value]] = {}
    for name, setting in known.items():
        node = own.settings.get(name, default.settings.get(name))
        if node is not None:
            sweeps[name] = values(desk, node, setting.annotation, name)
        elif setting.default is not REQUIRED:
            placed = _placed(desk, setting.annotation, setting.default)
            sweeps[name] = [Value(placed, _written(None, setting.default))]
        elif name not in optional:
            sweeps[name] = []
            desk.problems.add("S096", place, f"'{found.name}' needs a setting '{name}'")
    refuse_too_many(desk, sweeps.values(), place, found.name)
    rows = (dict(zip(sweeps, row, strict=True)) for row in itertools.product(*sweeps.values()))
    return [
        Variant(Choice(found.name, {name: value.value for name, value in row.items()}, found.revision), row, prefix)
        for row in rows
    ]


def values(desk: Desk, node: Node, annotation: str, setting: str, code: str = "") -> list[Value]:
    """The value of a setting, or one of each of a list where one value is asked; none after a problem.

    `code` is the problem's, where the setting has one of its own.
    """
    key = (id(node), annotation, setting)
    if key not in desk.read_before:
        desk.read_before[key] = _values(desk, node, annotation, setting, code)
    return desk.read_before[key]


def _values(desk: Desk, node: Node, annotation: str, setting: str, code: str) -> list[Value]:
    if annotation == ATTACK:
        return list(_attacks(desk, node))
    if annotation == MODEL:
        return list(_models(desk, node))
    nodes: tuple[Node, ...] = (node,)
    is_swept = False
    if isinstance(node, List):
        is_swept = not takes_lists(annotation) or any(isinstance(item, List) for item in node.items)
        refuse_too_many(desk, [node.items], node.place, node.path)
        nodes = node.items if is_swept else nodes
        if not node.items:
            desk.add("S094", node, "the list is empty")
    found: dict[str, Value] = {}
    for one in nodes:
        try:
            value = read(one, annotation)
        except Misread as problem:
            desk.add(code or problem.code, problem.node, problem.text)
            continue
        text = _written(one, value)
        if repr(value) in found:
            desk.add("S035", one, f"{text} given twice")
        elif _is_in_range(desk, one, setting, value):
            value = _placed(desk, annotation, value)
            found[repr(value)] = Value(value, text, one, is_swept)
    return list(found.values())


def _attacks(desk: Desk, node: Node) -> Iterator[Value]:
    """Attacks as a recipe runs them: choices with settings of their own."""
    for one in nodes_of(node):
        chosen = desk.chosen(one)
        if chosen.name is None:
            desk.add("S096", one, "an attack expected: its name, or {name, settings}")
            continue
        found = desk.describe("attacks", chosen.name)
        prefix = (short(chosen.name.value),) if isinstance(node, List) else ()
        for variant in variants(desk, found, chosen, Chosen(), one.place, prefix=prefix) if found else ():
            text = " ".join(variant.words())
            yield Value(variant.choice, text, one, is_swept=bool(text))


def _models(desk: Desk, node: Node) -> Iterator[Value]:
    """Names of models; whether there are such is seen when all are read."""
    for one in nodes_of(node):
        text = desk.text(one)
        if text:
            yield Value(ModelName(text.value), text.value, one, is_swept=isinstance(node, List))


def seeds(desk: Desk, node: Node) -> list[Value]:
    """Seeds: whole numbers that every generator can take."""
    found = values(desk, node, "int", "seed", code="S034")
    for seed in found:
        if not 0 <= seed.value <= LARGEST_SEED:
            desk.add("S034", seed.node or node, f"whole number from 0 to 2^63-1 expected, found {seed.text}")
    return found


def single(desk: Desk, node: Node | None, annotation: str, setting: str, default: Any) -> Any:
    """The one value of something of which a study has one."""
    if node is None:
        return default
    if isinstance(node, List):
        desk.add("S094", node, "one value expected, found a list; a study has one")
        return default
    found = values(desk, node, annotation, setting)
    return found[0].value if found else default


def refuse_too_many(desk: Desk, sweeps: Iterable[Sequence[Any]], place: Place, what: str) -> None:
    """Refuses a product of sweeps that no study can mean, before it is made."""
    total = math.prod(len(sweep) for sweep in sweeps)
    if total > MOST:
        desk.problems.add("S036", place, f"{what}: {total:,} combinations; at most {MOST:,}")
        desk.problems.raise_any()


def _placed(desk: Desk, annotation: str, value: Any) -> Any:
    """A path, from where the study lies; any other value as it is."""
    is_path = re.search(r"\bPath\b", annotation) and isinstance(value, str)
    return str(desk.path.parent.resolve() / value) if is_path else value


def _is_in_range(desk: Desk, node: Node, setting: str, value: Any) -> bool:
    low, high = RANGES.get(setting, (-math.inf, math.inf))
    if isinstance(value, int | float) and not low <= value <= high:
        desk.add("S018", node, f"whole number from {low} to {high} expected, found {value}")
        return False
    return True


def _written(node: Node | None, value: Any) -> str:
    """A value as a person wrote it, in a name: 8/255, 100-100, yes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(node, List):
        return "-".join(_written(item, None) for item in node.items)
    return node.value if isinstance(node, Text) else str(value)
