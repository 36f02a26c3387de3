"""Where and with what a task's bytes were made: equal on a machine of the same class, and told in every record."""

import functools
import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch


@functools.cache
def provenance() -> dict[str, Any]:
    """Package and library versions, processor and its instruction set, threads. Never the environment."""
    return {
        "package": _version("transfer-study"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torch_build": hashlib.sha256(torch.__config__.show().encode()).hexdigest()[:16],
        "numpy": _version("numpy"),
        "pyarrow": _version("pyarrow"),
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": _device(),
    }


def _device() -> str:
    """What tensors are computed on: cpu, or a GPU by its model and the version of CUDA."""
    device = torch.get_default_device()
    if device.type != "cuda":
        return device.type
    return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return platform.processor()
