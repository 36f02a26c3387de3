"""A Ray of the run's own, for one machine.

Whoever reaches a Ray may run any code on it. This one wants a token that only this process and its children
know, and keeps its files where nobody else can look.
"""

import functools
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from transfer.errors import EnvironmentProblem

PREFIX = "transfer-"
MEMORY_OF_WORKER = 1 << 30  # bytes: a process with torch, a few networks and their images
OBJECT_STORE = 100_000_000  # bytes; nothing but tasks and receipts passes through Ray
# Freed memory is kept for the next tensor: taking pages from the system anew cost a third of a small network's time.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}


@contextmanager
def own_ray(workers: int) -> Iterator[Any]:
    """A connected Ray, which is handed over, with places for so many workers; it ends with the block."""
    _sweep()
    with (
        environment(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=_token(), RAY_USAGE_STATS_ENABLED="0", **KEEP_MEMORY),
        _folder() as folder,
    ):
        ray = load()
        try:
            _start(ray, workers, folder)
            yield ray
        finally:
            ray.shutdown()


def _start(ray: Any, workers: int, folder: Path) -> None:
    try:
        ray.init(
            address="local",
            num_cpus=workers,
            object_store_memory=OBJECT_STORE,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            _temp_dir=str(folder),
            # A laptop that changes its network keeps its Ray.
            _node_ip_address="127.0.0.1",
        )
    except (RuntimeError, OSError, ray.exceptions.RayError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(". ")
        raise EnvironmentProblem("U097", f"Ray cannot start here: {first}. --serial runs without it") from error


@functools.cache
def _token() -> str:
    # Ray reads the token once a process, so a second Ray of this process needs the same.
    return secrets.token_hex(32)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for sockets and logs that is ours alone; the path is short, as sockets' paths must be."""
    outer = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_short()))
    try:
        # Ray opens the folder it is given to everybody, so it is given one inside ours.
        yield outer / "r"
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def _short() -> str:
    return "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()


def _sweep() -> None:
    """Removes what runs left behind whose process was killed."""
    for folder in Path(_short()).glob(f"{PREFIX}[0-9]*-*"):
        with suppress(OSError, ValueError):
            about = folder.lstat()
            is_ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
            if is_ours and not _is_alive(int(folder.name.removeprefix(PREFIX).split("-")[0])):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def places() -> int:
    """One worker a processor that we may use, as far as the memory goes."""
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(processors, memory // MEMORY_OF_WORKER))


def load() -> Any:
    """Ray, with its settings read anew from the environment: imported earlier, it has its first ones still."""
    import ray
    from ray._private import worker
    from ray._raylet import Config  # type: ignore[attr-defined]

    Config.initialize("")
    # Ray prints a paragraph on stdout for each worker that dies; the controller tells it in a line on stderr.
    worker._worker_logs_enabled = False
    return ray


@contextmanager
def environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
