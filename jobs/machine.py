"""What a machine says of itself: versions, processors, memory, GPUs. Nothing of its environment, and no torch."""

import os
import platform
import shutil
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("transfer-study", "ray", "torch", "torchvision", "numpy", "pyarrow", "safetensors")


def versions() -> dict[str, str]:
    """What must be equal on all nodes, or results are not comparable."""
    return {"python": platform.python_version()} | {package: _version(package) for package in PACKAGES}


def differing(found: dict[str, str], ours: dict[str, str]) -> str:
    """What another machine has in other versions than this one: `torch 2.13.0, here 2.14.1`; empty when nothing."""
    return ", ".join(f"{name} {found.get(name)}, here {own}" for name, own in ours.items() if found.get(name) != own)


def looked() -> dict[str, Any]:
    """This machine, as a worker on it sees it."""
    shared = Path("/dev/shm")
    return {
        "host": socket.gethostname(),
        "versions": versions(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "shared_memory": shutil.disk_usage(shared).total if shared.exists() else None,
        "temporary": shutil.disk_usage("/tmp").free if Path("/tmp").exists() else None,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
