"""What is written in a study: texts, lists and mappings, each with its place and the keys that lead to it."""

from dataclasses import dataclass, field

from transfer.study.problems import Place

NOTHING = {"", "~", "null", "Null", "NULL", "none", "None"}


@dataclass(frozen=True)
class Node:
    """Something written in a study: where, and under which keys."""

    place: Place
    path: str = ""

    @property
    def kind(self) -> str:
        return {"Text": "a value", "List": "a list", "Map": "a mapping"}[type(self).__name__]


@dataclass(frozen=True)
class Text(Node):
    """A scalar, as it was written."""

    value: str = ""
    is_plain: bool = True  # without quotes

    @property
    def is_nothing(self) -> bool:
        return self.is_plain and self.value in NOTHING


@dataclass(frozen=True)
class List(Node):
    """A sequence."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Map(Node):
    """A mapping; `keys` says where each key stands."""

    items: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


def nodes_of(node: Node | None) -> tuple[Node, ...]:
    """The nodes of a list, or the one node; none of nothing."""
    if isinstance(node, List):
        return node.items
    return () if node is None else (node,)
