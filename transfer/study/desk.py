"""Where a study is read: its folder, the problems found so far and the modules that must travel."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transfer import catalog
from transfer.catalog import HANDED_OVER, Description, Setting, did_you_mean
from transfer.study.nodes import Map, Node, Text
from transfer.study.problems import Place, Problems, quoted

SHOWN = 20  # known names in a message


@dataclass(frozen=True)
class Chosen:
    """A choice as it stands in the file: a name, or none, and settings."""

    name: Text | None = None
    settings: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, Place] = field(default_factory=dict)  # where each stands


class Desk:
    """What every section of a study is read with; what is wrong is noted, and reading goes on."""

    def __init__(self, path: Path, trusted: Collection[str] = ()) -> None:
        self.path = path
        self.trusted = trusted  # SHA-256 of modules of other users that somebody vouches for
        self.problems = Problems()
        self.modules: dict[str, Path] = {}
        # What every_model says is read for each model: once is enough.
        self.read_before: dict[tuple[int, str, str], Any] = {}
        self._described: dict[tuple[str, str], Description] = {}

    def add(self, code: str, node: Node, text: str) -> None:
        """Notes a problem of a value, under the keys that lead to it."""
        self.problems.add(code, node.place, f"{node.path}: {text}" if node.path else text)

    def add_unknown(self, code: str, place: Place, text: str, name: str, known: Collection[str]) -> None:
        """Notes a name that means nothing here, with the nearest one that does."""
        listed = ", ".join(list(known)[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
        hint = did_you_mean(name, known) or f" Known: {listed or 'none'}."
        self.problems.add(code, place, f"{text} {quoted(name)}.{hint}")

    def mapping(self, node: Node | None, known: Iterable[str] = ()) -> Map | None:
        """The node as a mapping whose keys are all `known` (any, where none is); nothing counts as empty."""
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
                text = f"{node.path}: unknown key" if node.path else "unknown key"
                self.add_unknown("S009", node.keys[key], text, key, known)
        return node

    def text(self, node: Node) -> Text | None:
        """The node as one text; a problem and None where it is a list, a mapping or nothing."""
        if isinstance(node, Text) and not node.is_nothing:
            return node
        self.add("S094", node, f"one value expected, found {'none' if isinstance(node, Text) else node.kind}")
        return None

    def describe(self, kind: str, name: Text) -> Description | None:
        """What the catalogue knows of a name; a problem and None where it knows nothing."""
        key = (kind, name.value)
        if key not in self._described:
            try:
                found = catalog.describe(kind, name.value, self.path.parent)
            except (LookupError, ValueError, OSError) as problem:
                self.add("S029" if kind == "attacks" else "S028", name, str(problem))
                return None
            self._described[key] = found
            if found.travels:
                self.modules[str(found.revision)] = found.source
                self._ask_for_trust(found, name)
        return self._described[key]

    def _ask_for_trust(self, found: Description, name: Text) -> None:
        """Notes code that belongs to another user of this machine, unless somebody vouches for these very bytes."""
        if found.source.stat().st_uid != os.getuid() and found.revision not in self.trusted:
            text = f"loads code of another user, {found.source} (sha256 {found.revision})"
            self.add("S040", name, f"{text}. Read it, then add --trust {found.revision}")

    def chosen(self, node: Node | None) -> Chosen:
        """A choice: a name, or `{name, settings}`."""
        if isinstance(node, Text) and not node.is_nothing:
            return Chosen(node)
        found = self.mapping(node)
        if found is None:
            return Chosen()
        name = self.text(found.items["name"]) if "name" in found.items else None
        settings = {setting: value for setting, value in found.items.items() if setting != "name"}
        return Chosen(name, settings, found.keys)

    def file(self, node: Node) -> Path | None:
        """The file that a text names, looked for from where the study lies."""
        text = self.text(node)
        if text is None:
            return None
        if "://" in text.value:
            # Not shown: a password may be part of it.
            is_secret = "@" in text.value
            why = "credentials in a URL are not allowed" if is_secret else "a URL is not allowed"
            self.add("S039" if is_secret else "S098", node, f"{why}; give a file")
            return None
        path = self.path.parent / text.value
        if not path.is_file():
            self.add("S098", node, f"no such file: {quoted(text.value)}; paths start at the study file")
            return None
        return path


def settable(found: Description) -> dict[str, Setting]:
    """The settings of a function that a study may set."""
    return {setting.name: setting for setting in found.settings if setting.name not in HANDED_OVER}


def short(name: str) -> str:
    """A function in a name that people read: `my_net` of `my_code:my_net`."""
    return name.rpartition(":")[2]
