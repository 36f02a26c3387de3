"""Images made elsewhere, as an entry of `attacks`: what the study says of them, and what their file says of itself."""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from transfer.study.desk import Desk
from transfer.study.nodes import Map
from transfer.study.problems import quoted
from transfer.study.sweeps import values
from transfer.study.values import Attack, Imported
from transfer.tasks import IMPORTED, Choice

KEYS = ("images", "surrogate", "epsilon", "norm")
FORMAT = "transfer images 1"
LARGEST_HEADER = 1_000_000  # bytes


def read_imported(desk: Desk, name: str, entry: Map, rows: Collection[str]) -> Attack | None:
    """The attack that an entry with `images` stands for; nothing of `every_attack` touches it.

    `rows` are the names of models and ensembles, one of which it may have been made on.
    """
    desk.mapping(entry, KEYS)
    path = desk.file(entry.items["images"])
    header = _header(desk, entry, path) if path else None
    epsilon, norm = _one(desk, entry, "epsilon", "float"), _one(desk, entry, "norm", "Literal['linf', 'l2', 'rms']")
    surrogate = _surrogate(desk, name, entry, rows)
    if epsilon and not 0 <= epsilon.value <= 1 and (norm.value if norm else "linf") != "l2":
        desk.add("S016", epsilon.node or entry, f"a size from 0 to 1 expected, found {epsilon.text}")
    if norm and not epsilon:
        desk.add("S096", norm.node or entry, "needs an 'epsilon', of which it is the norm")
    if path is None or header is None:
        return None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    settings: dict[str, Any] = {"file": digest}
    if epsilon:
        settings |= {"epsilon": epsilon.value, "norm": norm.value if norm else "linf"}
    return Attack(
        name=name,
        budget=f"{settings['norm']} {epsilon.text}" if epsilon else "as crafted",
        choice=Choice(IMPORTED, settings),
        norm=settings.get("norm"),
        epsilon=settings.get("epsilon"),
        entry=name,
        imported=Imported(path, digest, header["part"], header["data"], int(header["images"]), surrogate),
    )


def _one(desk: Desk, entry: Map, key: str, annotation: str) -> Any:
    """The one value of a key; None where there is none, or after a problem."""
    node = entry.items.get(key)
    found = values(desk, node, annotation, key) if node else []
    if len(found) > 1 and node:
        desk.add("S094", node, "one value expected: the images are what they are")
    return found[0] if found else None


def _surrogate(desk: Desk, name: str, entry: Map, rows: Collection[str]) -> str | None:
    """The model of the study that they were made on; the entry's own name is the row of those made on another."""
    node = entry.items.get("surrogate")
    if node is None:
        if name in rows:
            text = f"{quoted(name)} is a model's name, too; give the images another, or say `surrogate: {name}`"
            desk.problems.add("S023", entry.place, text)
        return None
    text_node = desk.text(node)
    if text_node and text_node.value not in rows:
        desk.add_unknown("S097", node.place, f"{node.path}: no model", text_node.value, rows)
    return text_node.value if text_node else None


def _header(desk: Desk, entry: Map, path: Path) -> dict[str, Any] | None:
    """What the file says of itself; a problem and None where `transfer import-images` has not written it."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            held = json.loads(file.read(size)) if size <= LARGEST_HEADER else {}
        found: dict[str, Any] = json.loads(held["__metadata__"][FORMAT])
        if {"part", "data", "images"} <= found.keys():
            return found
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    remedy = "Make one of a folder of images with `transfer import-images`"
    desk.add("D056", entry.items["images"], f"{path.name} is no file of images to import. {remedy}")
    return None
