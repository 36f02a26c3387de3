"""YAML without its surprises: every scalar is text, every node knows where it stands, and nothing is hidden.

`no` is a name and `8/255` is what was written; what a text means is decided by what it sets. Tags, anchors, repeated
keys and what the eye cannot see are refused. Events are counted before anything is built, so a file made to exhaust
its reader is refused as fast as it is read.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from transfer.study.nodes import List, Map, Node, Text
from transfer.study.problems import Place, Problems, StudyError, quoted

LARGEST = 1_000_000  # bytes
DEEPEST = 20
# libyaml reads ten times faster, and its events carry the same marks.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TAB = re.compile(r"^ *+\t[ \t]*+\S", re.MULTILINE)


def read_file(path: Path) -> Map:
    """The tree of a study file. Raises StudyError with everything that is wrong with it as YAML."""
    here = Place(str(path))
    if path.is_dir():
        raise _only("S002", here, "is a directory; give a study file")
    if not path.is_file():
        raise _only("S001", here, "no such file")
    size = path.stat().st_size
    if size > LARGEST:
        raise _only("S012", here, f"study file is {size / 1e6:.1f} MB; limit {LARGEST // 1_000_000} MB")
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise _only("S001", here, f"cannot be read: {problem.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        column = problem.start - data.rfind(b"\n", 0, problem.start)
        where = Place(str(path), line, column)
        raise _only("S004", where, f"not valid UTF-8 (byte 0x{data[problem.start]:02X}). Save as UTF-8") from None
    tree = read_text(text, str(path))
    if tree is None:
        raise _only("S003", here, "the file is empty. `transfer init NAME` writes a study to edit")
    if not isinstance(tree, Map):
        raise _only("S007", tree.place, f"expected a mapping at top level, found {tree.kind}")
    return tree


def read_text(text: str, source: str, path: str = "", *, has_lines: bool = True) -> Node | None:
    """The tree of a text, or None where it holds nothing. Raises StudyError with all that is wrong with it."""
    problems = Problems()
    for pattern, code, what in (
        (CONTROL, "S005", "holds a control character (U+{:04X})"),
        (DIRECTION, "S027", "holds an invisible direction mark (U+{:04X})"),
    ):
        for match in pattern.finditer(text):
            problems.add(code, _place(text, match.start(), source), what.format(ord(match.group())))
    for match in TAB.finditer(text):
        where = text.index("\t", match.start())
        problems.add("S006", _place(text, where, source), "tab used for indentation; use spaces")
    problems.raise_any()
    builder = _Builder(source, problems, has_lines)
    try:
        tree = builder.build(path, yaml.parse(text, Loader=LOADER))
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        problems.add("S093", builder.place(mark), f"not YAML: {problem.problem or problem.context}")
    except yaml.YAMLError as problem:
        problems.add("S093", Place(source), f"not YAML: {problem}")
    problems.raise_any()
    return tree


def _only(code: str, place: Place, text: str) -> StudyError:
    problems = Problems()
    problems.add(code, place, text)
    return StudyError(problems.found)


def _place(text: str, position: int, source: str) -> Place:
    line = text.count("\n", 0, position) + 1
    return Place(source, line, position - text.rfind("\n", 0, position))


class _Builder:
    """Nodes from events; what is wrong is noted and reading goes on, as long as there is sense in it."""

    def __init__(self, source: str, problems: Problems, has_lines: bool) -> None:
        self.source, self.problems, self.has_lines = source, problems, has_lines

    def place(self, mark: Any) -> Place:
        return Place(self.source, mark.line + 1, mark.column + 1) if self.has_lines and mark else Place(self.source)

    def build(self, path: str, events: Iterator[Any]) -> Node | None:
        tree: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if tree is not None:
                    self.problems.add("S093", self.place(event.start_mark), "a second document; one study a file")
                    break
                tree = self.node(next(events), events, path, depth=1)
        is_blank = isinstance(tree, Text) and tree.is_plain and not tree.value
        return None if is_blank else tree

    def node(self, event: Any, events: Iterator[Any], path: str, depth: int) -> Node:
        place = self.place(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self.problems.add("S011", place, "YAML anchors and aliases are not allowed; write the value again")
        if getattr(event, "tag", None):
            self.problems.add("S010", place, "YAML tags are not allowed")
        if isinstance(event, yaml.AliasEvent):
            return Text(place, path)
        if isinstance(event, yaml.ScalarEvent):
            return self.text(event, place, path)
        if depth > DEEPEST:
            self.problems.add("S012", place, f"nested deeper than {DEEPEST} levels")
            raise StudyError(self.problems.found)
        if isinstance(event, yaml.SequenceStartEvent):
            return List(place, path, tuple(self.items(events, path, depth)))
        return self.mapping(events, place, path, depth)

    def text(self, event: Any, place: Place, path: str) -> Text:
        # Quotes can spell what the file itself may not hold: "\0", "\u202e".
        for pattern, code, what in (
            (CONTROL, "S005", "a control character"),
            (DIRECTION, "S027", "an invisible direction mark"),
        ):
            found = pattern.search(event.value)
            if found:
                self.problems.add(code, place, f"{path or 'a key'} holds {what} (U+{ord(found.group()):04X})")
        return Text(place, path, event.value, event.style in (None, ""))

    def items(self, events: Iterator[Any], path: str, depth: int) -> Iterator[Node]:
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self.node(event, events, path, depth + 1)

    def mapping(self, events: Iterator[Any], place: Place, path: str, depth: int) -> Map:
        found = Map(place, path)
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.node(event, events, "", depth + 1)
            name = key.value if isinstance(key, Text) else ""
            if not isinstance(key, Text):
                self.problems.add("S093", key.place, f"{key.kind} cannot be a key; quote the text")
            # Shortened, or a long key over many others would be copied into each of their paths.
            inside = f"{path}.{name[:64]}" if path else name[:64]
            value = self.node(next(events), events, inside, depth + 1)
            if name in found.items:
                first = found.keys[name]
                on = f"line {first.line}" if first.line else "before"
                self.problems.add("S008", key.place, f"key {quoted(name)} given twice (first on {on})")
            else:
                found.items[name], found.keys[name] = value, key.place
        return found
