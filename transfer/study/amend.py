"""A study amended: by its own `small:` and `large:`, and by `--set every_model.seed=[0,1,2]`."""

from collections.abc import Sequence
from dataclasses import replace

from transfer.study.nodes import Map, Node, Text
from transfer.study.problems import Place, Problem, Problems, StudyError, quoted
from transfer.study.yaml_text import read_text

SIZES = ("small", "large")
CHOICES = ("data", "architecture", "recipe")  # keys under which a name stands for `{name: ...}`


def amended(base: Node | None, change: Node, key: str) -> Node:
    """What stands under `key`, with what `change` says: mappings are joined, everything else is replaced.

    A choice that names a function is another choice and replaces the old one whole; settings without a name amend
    the function that was chosen.
    """
    if not isinstance(change, Map) or (key in CHOICES and "name" in change.items):
        return change
    base = _opened(base, key)
    if not isinstance(base, Map):
        return change
    changed = {name: amended(base.items.get(name), value, name) for name, value in change.items.items()}
    return replace(base, items={**base.items, **changed}, keys={**change.keys, **base.keys})


def sized(tree: Map, size: str) -> Map:
    """The tree without its `small:` and `large:`, amended by the one of the two that is asked for."""
    change = tree.items.get(size)
    items = {key: value for key, value in tree.items.items() if key not in SIZES}
    bare = replace(tree, items=items)
    if not size:
        return bare
    if change is None:
        text = f"the study has no '{size}:' part; write what it changes, or leave out --{size}"
        raise StudyError([Problem(tree.place, "S096", text)])
    if not isinstance(change, Map):
        text = f"{size}: expected a mapping of what changes, found {change.kind}"
        raise StudyError([Problem(change.place, "S094", text)])
    joined = amended(bare, change, "")
    return joined if isinstance(joined, Map) else bare


def overridden(tree: Map, overrides: Sequence[str]) -> Map:
    """The tree amended by PATH=VALUE texts, VALUE in YAML. Raises StudyError with every one that cannot be read."""
    problems = Problems()
    for override in overrides:
        path, equals, value = override.partition("=")
        source = f"--set {path}"
        if not equals or not path:
            text = f"{quoted(override)} is not of the form every_model.seed=[0,1,2]"
            problems.add("S093", Place("--set"), text)
            continue
        try:
            node = read_text(value, source, path, has_lines=False) or Text(Place(source), path)
            tree = _put(tree, path, node)
        except StudyError as problem:
            problems.found.update(problem.problems)
    problems.raise_any()
    return tree


def _put(base: Node | None, path: str, value: Node, above: tuple[str, ...] = ()) -> Map:
    """`base`, to which the keys `above` lead, with `value` at a dotted path."""
    base = _opened(base, above[-1] if above else "")
    if base is None or (isinstance(base, Text) and base.is_nothing):
        base = Map(value.place, ".".join(above))
    if not isinstance(base, Map):
        text = f"{base.kind} stands before {quoted(path)}; set the whole of it"
        raise StudyError([Problem(value.place, "S094", text)])
    # The longest key that there is: a name of the study may hold dots itself.
    known = [key for key in base.items if path == key or path.startswith(f"{key}.")]
    first = max(known, key=len, default=path.partition(".")[0])
    rest = path[len(first) + 1 :]
    old = base.items.get(first)
    new = _put(old, rest, value, (*above, first)) if rest else amended(old, value, first)
    return replace(base, items={**base.items, first: new}, keys={first: value.place, **base.keys})


def _opened(base: Node | None, key: str) -> Node | None:
    """A choice by its name alone, as a mapping that can be amended."""
    if key in CHOICES and isinstance(base, Text) and not base.is_nothing:
        return Map(base.place, base.path, {"name": base}, {"name": base.place})
    return base
