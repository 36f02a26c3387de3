"""The stable name of a value: canonical JSON and its SHA-256."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

DIGITS = 32  # hexadecimal digits of a task's id: 128 bits


def canonical(value: Any) -> str:
    """One spelling for equal values: sorted keys, no spaces, shortest round-trip floats.

    Raises TypeError for what has no stable form (an object, a function, a set) and ValueError for NaN and
    infinities: a lenient text would silently give equal work two names, or unequal work one.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """The SHA-256 of a value's canonical JSON, shortened to DIGITS hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:DIGITS]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no place in an identity; give a finite number")
        # 1.0 and 1 set the same thing, so they must name the same task.
        return int(value) if value.is_integer() and abs(value) < 2**53 else float(value)
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"keys must be text to be stable, found {sorted(map(repr, value))}")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no stable form; use text, numbers, lists or mappings")
