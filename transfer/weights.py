"""Files of weights trained elsewhere: what their header says, held against the file and against the network.

Read without torch, so that a study with a broken file is told so before anything starts. Names are a stranger's text.
"""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from transfer.errors import TransferError

LARGEST_HEADER = 100_000_000  # bytes; the format's own limit
SHOWN = 5  # names in a message
BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64"), 64),
}
Shape = tuple[int, ...]


class Piece(NamedTuple):
    """One tensor of a file: where its bytes lie after the header."""

    name: str
    shape: Shape
    begin: int
    end: int


def shapes(path: Path, name: str = "") -> dict[str, Shape]:
    """The shapes of a safetensors file, after its header was held against its size; `name` is what to call it.

    Raises TransferError, C065 where there is no such header and C066 where it does not describe the file.
    """
    name = name or path.name
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8 or length > LARGEST_HEADER:
            raise TransferError("C065", f"{name}: header says {length:,} bytes, file has {max(size - 8, 0):,}")
        text = file.read(length)
    pieces = sorted(_pieces(text, name), key=lambda piece: (piece.begin, piece.end))
    reached = 0
    for piece in pieces:
        if piece.begin != reached or piece.end < piece.begin:
            raise TransferError("C066", f"{name}: invalid offsets for {_shown(piece.name)}")
        reached = piece.end
    if reached != size - 8 - length:
        text_of_end = f"its tensors take {reached:,} bytes, the file has {size - 8 - length:,}"
        raise TransferError("C066", f"{name}: {text_of_end}. Was it cut off?")
    return {piece.name: piece.shape for piece in pieces}


def check_fit(found: Mapping[str, Shape], wanted: Mapping[str, Shape], network: str) -> None:
    """Raises TransferError where the tensors of a file are not those of a network: C067 by name, C068 by shape."""
    told = []
    for what, names in (("missing", wanted.keys() - found.keys()), ("unexpected", found.keys() - wanted.keys())):
        told += [f"{what}: {_list(names)}"] if names else []
    if told:
        raise TransferError("C067", f"these are not the weights of {network}; {'; '.join(told)}{_hint(found, wanted)}")
    for name, shape in wanted.items():
        if found[name] != shape:
            text = f"{_shown(name)} is {list(found[name])}; {network} needs {list(shape)}"
            raise TransferError("C068", f"{text}. Has it as many classes, and the same settings?")


def _pieces(text: bytes, name: str) -> Iterable[Piece]:
    try:
        held = json.loads(text, object_pairs_hook=_once)
        tensors = {key: value for key, value in held.items() if key != "__metadata__"}
    except (ValueError, AttributeError, RecursionError) as problem:
        raise TransferError("C065", f"{name}: its header cannot be read ({problem})") from None
    return [_piece(key, value, name) for key, value in tensors.items()]


def _piece(key: str, held: Any, name: str) -> Piece:
    try:
        kind, (begin, end) = held["dtype"], held["data_offsets"]
        shape = tuple(held["shape"])
        is_sound = all(type(number) is int and number >= 0 for number in (*shape, begin, end))
        bits = BITS[kind] * math.prod(shape) if is_sound else 0
    except (KeyError, TypeError, ValueError):
        raise TransferError("C065", f"{name}: its header does not describe {_shown(key)}") from None
    if not is_sound:
        raise TransferError("C066", f"{name}: invalid offsets for {_shown(key)}")
    if bits != 8 * (end - begin):
        text = f"{_shown(key)} claims {math.prod(shape):,} values ({kind}) on {end - begin:,} bytes"
        raise TransferError("C070", f"{name}: {text}")
    return Piece(key, shape, begin, end)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _list(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(map(_shown, ordered[:SHOWN])) + more


def _shown(name: str) -> str:
    """A name of somebody else's file, on one line and short."""
    text = "".join(letter if letter.isprintable() else "?" for letter in name)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _hint(found: Mapping[str, Shape], wanted: Mapping[str, Shape]) -> str:
    prefixes = {name.partition(".")[0] for name in found}
    if len(prefixes) == 1 and not found.keys() & wanted.keys():
        prefix = f"{prefixes.pop()}."
        if {name.removeprefix(prefix) for name in found} == set(wanted):
            return f". All begin with {prefix!r}: `transfer convert-weights --strip {prefix}` takes it off"
    return ""
