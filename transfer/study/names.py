"""Names that people give: any text, as long as no two of them look the same."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence

from transfer.study.desk import Desk
from transfer.study.nodes import List, Node, Text, nodes_of
from transfer.study.problems import Place, quoted

LONGEST = 64
ALL = "all"
INVISIBLE = {"Cc", "Cs", "Zl", "Zp"}  # Unicode's control characters, surrogates and line separators


def check_names(desk: Desk, places: Mapping[str, Place], what: str, reserved: str = ALL) -> None:
    """Notes every name that is empty, too long, reserved, of more than a line, or looks like an earlier one."""
    for name, place in places.items():
        if not name.strip(" .") or len(name) > LONGEST:
            desk.problems.add("S026", place, f"a {what}'s name must have 1 to {LONGEST} characters, not only dots")
        elif not INVISIBLE.isdisjoint(map(unicodedata.category, name)):
            desk.problems.add("S005", place, f"a {what}'s name must be one line of visible characters")
        elif name == reserved:
            desk.problems.add("S097", place, f"{quoted(name)} has a meaning of its own; give the {what} another name")
    check_distinct(desk, places.items(), what)


def check_distinct(desk: Desk, named: Iterable[tuple[str, Place]], what: str) -> None:
    """Notes every name that a reader cannot tell from an earlier one: é has two spellings, and Mlp is mlp."""
    seen: dict[str, str] = {}
    told = {problem.place for problem in desk.problems.found if problem.code in ("S023", "S024")}
    for name, place in named:
        if place in told:
            continue
        same = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if same not in seen:
            seen[same] = name
            continue
        first = seen[same]
        if first == name:
            desk.problems.add("S023", place, f"two {what}s are called {quoted(name)}")
        elif first.casefold() == name.casefold():
            text = f"{what}s {quoted(first)} and {quoted(name)} have the same name ignoring case"
            desk.problems.add("S023", place, text)
        else:
            text = f"{what}s {quoted(first)} and {quoted(name)} have the same name after Unicode normalisation"
            desk.problems.add("S024", place, text)


def selected(
    desk: Desk, node: Node | None, known: Mapping[str, tuple[str, ...]], order: Sequence[str]
) -> tuple[str, ...]:
    """The names that a list stands for, in the order of the study: a row and its column have one place."""
    if node is None or (isinstance(node, Text) and node.value == ALL):
        return tuple(order)
    found: set[str] = set()
    for one in nodes_of(node):
        name = desk.text(one)
        if name and name.value not in known:
            desk.add_unknown("S097", one.place, f"{one.path}: no model", name.value, known)
        found.update(known.get(name.value, ()) if name else ())
    if isinstance(node, List) and not node.items:
        desk.add("S094", node, "the list is empty; leave it out for all")
    return tuple(name for name in order if name in found)


def among(known: Mapping[str, tuple[str, ...]], rows: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The names that stand for some of the rows, each with those of them."""
    found = {name: tuple(row for row in names if row in rows) for name, names in known.items()}
    return {name: names for name, names in found.items() if names}
