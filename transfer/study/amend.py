"""A study amended: by its own `small:` and `large:`, and by `--set every_model.seed=[0,1,2]`."""

from collections.abc import Sequence
from dataclasses import replace

from transfer.study.problems import Place, Problem, Problems, StudyError, quoted
from transfer.study.yaml_text import Map, Node, Text, read_text

SIZES = ("small", "large")


def amended(base: Node | None, change: Node) -> Node:
    """`base` with what `change` says: mappings are joined key by key, everything else is replaced.

    A choice that names a function is another choice and replaces the old one whole; settings without a name amend
    the function that was chosen.
    """
    if not isinstance(change, Map) or "name" in change.items:
        return change
    if isinstance(base, Text) and not base.is_nothing:
        base = _choice(base)
    if not isinstance(base, Map):
        return change
    items, keys = dict(base.items), dict(base.keys)
    for key, value in change.items.items():
        items[key] = amended(items.get(key), value)
        keys.setdefault(key, change.keys[key])
    return replace(base, items=items, keys=keys)


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
    # Not through `amended`: the top level is no choice, whatever keys it has.
    keys = {**change.keys, **tree.keys}
    changed = {key: amended(items.get(key), value) for key, value in change.items.items()}
    return replace(bare, items={**items, **changed}, keys=keys)


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


def _put(base: Node | None, path: str, value: Node) -> Map:
    """`base` with `value` at a dotted path; a name of the study may hold dots itself, so known keys come first."""
    if isinstance(base, Text) and not base.is_nothing:
        base = _choice(base)
    if base is None or isinstance(base, Text):
        base = Map(value.place, value.path)
    if not isinstance(base, Map):
        text = f"a list stands before {quoted(path)}; set the whole of it"
        raise StudyError([Problem(value.place, "S094", text)])
    known = [key for key in base.items if path == key or path.startswith(f"{key}.")]
    key = max(known, key=len) if known else path.partition(".")[0]
    rest = path[len(key) + 1 :]
    old = base.items.get(key)
    new: Node = _put(old, rest, value) if rest else amended(old, value)
    keys = {**base.keys, key: base.keys.get(key, value.place)}
    return replace(base, items={**base.items, key: new}, keys=keys)


def _choice(name: Text) -> Map:
    return Map(name.place, name.path, {"name": name}, {"name": name.place})
