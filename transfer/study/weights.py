"""Weights of a model that was trained elsewhere: a file, or `{path, sha256}`."""

import hashlib
from pathlib import Path

from transfer import weights
from transfer.errors import TransferError
from transfer.study.desk import Desk
from transfer.study.nodes import Map, Node

SUFFIX = ".safetensors"
PICKLES = (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".tar")


def read_weights(desk: Desk, node: Node) -> tuple[Path, str] | None:
    """The file and its SHA-256; a problem and None where it is none, or not the one that is pinned."""
    pinned = None
    if isinstance(node, Map):
        held = desk.mapping(node, ("path", "sha256")) or node
        pinned = held.items.get("sha256")
        if "path" not in held.items:
            desk.add("S096", node, "needs a 'path'")
            return None
        node = held.items["path"]
    path = desk.file(node)
    if path is None:
        return None
    if path.suffix != SUFFIX:
        desk.add("C060", node, _other(path))
        return None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    text = desk.text(pinned) if pinned else None
    if pinned and text and text.value.lower() != digest:
        desk.add("C071", pinned, f"{path.name}: sha256 {digest[:12]}... but the study pins {text.value[:12]}...")
        return None
    try:
        weights.shapes(path)
    except TransferError as problem:
        desk.add(problem.code, node, problem.text)
        return None
    return path, digest


def _other(path: Path) -> str:
    if path.suffix in PICKLES:
        convert = f"transfer convert-weights {path.name} -o {path.stem}{SUFFIX}"
        return f"{path.name} is a pickle file, which can run code. Convert it: `{convert}`"
    return f"{path.name} is no safetensors file; other formats can run code. Save it with safetensors.torch"
