"""The process that opens a pickle: `python -m transfer.limited SOURCE TARGET KEY STRIP`, with limits and no network.

torch's loader of weights is a filter and no wall: it was passed twice in ten months. So what is behind it has memory,
time and file size in proportion to the checkpoint, and nobody to talk to.
"""

import ctypes
import json
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transfer.errors import TransferError

GIGABYTE = 2**30
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
GLOBAL = re.compile(r"GLOBAL ([\w.]+)")
MODULE = re.compile(r"torch\.nn\.|\b__main__\.")


def limit(size: int) -> None:
    """What this process may use from here on, for a checkpoint of so many bytes."""
    for kind, most in (
        (resource.RLIMIT_DATA, 3 * GIGABYTE + 6 * size),
        (resource.RLIMIT_CPU, 60 + size // 10_000_000),
        (resource.RLIMIT_FSIZE, 2 * size + 10_000_000),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def cut_off() -> bool:
    """Leaves the network behind, where the system lets a process do so; before there is a second thread."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    return unshare is not None and (unshare(CLONE_NEWNET) == 0 or unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def converted(source: Path, key: str, strip: str) -> dict[str, Any]:
    """The tensors of a checkpoint, each with memory of its own. Raises TransferError with the C codes."""
    import torch

    held, where = _state(_loaded(source), key, source.name)
    made = {}
    for name, tensor in held.items():
        shown = str(name).removeprefix(strip)
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise TransferError("C062", f"{source.name}: {shown} is sparse or quantized; save dense weights")
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            claim = f"claims {tensor.numel():,} values on {tensor.untyped_storage().nbytes():,} bytes"
            raise TransferError("C070", f"{source.name}: {shown} {claim}; refused")
        if tensor.is_floating_point() and (count := int((~tensor.isfinite()).sum())):
            raise TransferError("C069", f"{source.name}: {count:,} non-finite values in {shown}")
        made[shown] = tensor.detach().clone(memory_format=torch.contiguous_format)
    return {"tensors": made, "key": where}


def _loaded(source: Path) -> Any:
    import torch

    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    except MemoryError:
        raise TransferError("C064", f"{source.name}: needs more memory than its size accounts for; refused") from None
    except Exception as problem:  # torch raises what pickle, zip and its own reader raise
        unknown = GLOBAL.findall(str(problem)) + _globals(source)
    if any(MODULE.match(name) for name in unknown):
        whole = "torch.save(model.state_dict(), ...)"
        raise TransferError("C062", f"{source.name} holds a whole model; save its state_dict: `{whole}`")
    what = unknown[0] if unknown else "not a checkpoint of weights"
    raise TransferError("C061", f"{source.name}: refused by torch's safe loader ({what})")


def _globals(source: Path) -> list[str]:
    """The names of what a pickle asks for and torch refuses; nothing is imported to find them."""
    import torch

    try:
        return list(torch.serialization.get_unsafe_globals_in_checkpoint(str(source)))
    except Exception:  # a file that is damaged in any way; it was refused already
        return []


def _state(held: Any, key: str, name: str) -> tuple[Mapping[str, Any], str]:
    """The mapping of names to tensors in a checkpoint, and the key under which it is."""
    if key:
        held = held.get(key) if isinstance(held, Mapping) else None
        if not _is_state(held):
            raise TransferError("C062", f"{name}: no tensors by name under the key {key!r}")
        return held, key
    if _is_state(held):
        return held, ""
    found = [one for one in held if _is_state(held[one])] if isinstance(held, Mapping) else []
    if len(found) == 1:
        return held[found[0]], str(found[0])
    if found:
        raise TransferError("C062", f"{name} holds several sets of weights: {', '.join(map(str, found))}. Say --key")
    what = f"a {type(held).__name__}" + (f" of {', '.join(map(str, list(held)[:8]))}" if held else "")
    raise TransferError("C062", f"{name} holds no state_dict but {what}; save the state_dict")


def _is_state(held: Any) -> bool:
    import torch

    return isinstance(held, Mapping) and bool(held) and all(isinstance(one, torch.Tensor) for one in held.values())


def main(source: str, target: str, key: str, strip: str) -> dict[str, Any]:
    """Converts one file; what is told of it."""
    limit(Path(source).stat().st_size)
    is_cut_off = cut_off()
    try:
        found = converted(Path(source), key, strip)
    except TransferError as problem:
        return {"code": problem.code, "text": problem.text}
    from safetensors.torch import save_file

    tensors = found["tensors"]
    save_file(tensors, target)
    values = sum(tensor.numel() for tensor in tensors.values())
    return {"tensors": len(tensors), "values": values, "key": found["key"], "is_cut_off": is_cut_off}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
