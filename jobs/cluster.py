"""A Ray to run on: one of the run's own, or a cluster that is already there.

Whoever reaches a Ray may run any code on it. A Ray of our own therefore wants a token that only this process
and its children know, and keeps its files where nobody else can look.
"""

import functools
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transfer.errors import EnvironmentProblem

PREFIX = "transfer-"
MEMORY_OF_WORKER = 1 << 30  # bytes: a process with torch, a few networks and their images
OBJECT_STORE = 100_000_000  # bytes; nothing but tasks and receipts passes through Ray
DEADLINE = 20.0  # seconds for a cluster to answer


@dataclass(frozen=True)
class Slots:
    """How many workers there are places for, and what each asks of Ray."""

    workers: int
    cpus: int = 1


@contextmanager
def connect(address: str, workers: int | None, tasks: int) -> Iterator[Slots]:
    """A connected Ray, and the workers to be had there, at most one a task.

    `auto` is the cluster in RAY_ADDRESS, which Ray sets for its jobs, and else a local Ray; an address is
    that of a cluster (`10.0.0.5:6379`).
    """
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or "local"
    if address == "local":
        with _own(min(workers or places(), tasks)) as slots:
            yield slots
    else:
        with _foreign(address, workers, tasks) as slots:
            yield slots


# -- a Ray of our own -------------------------------------------------------------------------------------


@contextmanager
def _own(workers: int) -> Iterator[Slots]:
    _sweep()
    with _environment(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=_token(), RAY_USAGE_STATS_ENABLED="0"), _folder() as folder:
        ray = _ray()
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
            yield Slots(workers)
        finally:
            ray.shutdown()


@functools.cache
def _token() -> str:
    # Ray reads the token once a process, so a second Ray of this process needs the same.
    return secrets.token_hex(32)


def _ray() -> Any:
    """Ray, with its settings read anew from the environment: imported earlier, it has its first ones still."""
    import ray
    from ray._private import worker
    from ray._raylet import Config  # type: ignore[attr-defined]

    Config.initialize("")
    # Ray prints a paragraph on stdout for each worker that dies; the controller tells it in a line on stderr.
    worker._worker_logs_enabled = False
    return ray


@contextmanager
def _environment(**values: str) -> Iterator[None]:
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


# -- a cluster that is there ------------------------------------------------------------------------------


@contextmanager
def _foreign(address: str, workers: int | None, tasks: int) -> Iterator[Slots]:
    if "://" in address or address.rpartition(":")[2] == address:
        raise EnvironmentProblem(
            "U090", f"{address!r} is no address of a Ray cluster; give host:port, as 10.0.0.5:6379"
        )
    mode = {} if "RAY_AUTH_MODE" in os.environ or not _has_token() else {"RAY_AUTH_MODE": "token"}
    with _environment(RAY_USAGE_STATS_ENABLED="0", **mode):
        ray = _ray()
        _answers(address)
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
            yield slots(address, ray.nodes(), workers, tasks)
        finally:
            ray.shutdown()


def _has_token() -> bool:
    named = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    with suppress(RuntimeError):
        return bool(named) or (Path.home() / ".ray" / "auth_token").exists()
    return bool(named)


def _answers(address: str) -> None:
    """Raises what is in the way of a connection; Ray itself would try for two minutes and then end the process."""
    import grpc  # type: ignore[import-untyped]
    from ray._private.grpc_utils import init_grpc_channel
    from ray.core.generated import gcs_service_pb2, gcs_service_pb2_grpc
    from ray.exceptions import AuthenticationError

    asked = gcs_service_pb2.CheckAliveRequest()
    try:
        with init_grpc_channel(address, [("grpc.enable_http_proxy", 0)]) as channel:
            answer = gcs_service_pb2_grpc.NodeInfoGcsServiceStub(channel).CheckAlive(asked, timeout=DEADLINE)
    except AuthenticationError:
        raise _refused(address) from None
    except grpc.RpcError as error:
        if error.code() in {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}:
            raise _refused(address) from None
        waited = f" (waited {DEADLINE:.0f} s)" if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else ""
        text = f"no Ray cluster at {address}{waited}. Is the address right, and the port open (6379 as a rule)?"
        raise EnvironmentProblem("U090", text) from None
    _same_version(address, answer.ray_version)


def _refused(address: str) -> EnvironmentProblem:
    what = "refuses the token" if _has_token() else "wants a token"
    return EnvironmentProblem(
        "U094",
        f"the cluster at {address} {what}. Put the one its operator gave you in the file that "
        "RAY_AUTH_TOKEN_PATH names, readable by you alone, and set RAY_AUTH_MODE=token",
    )


def _same_version(address: str, version: str) -> None:
    import ray

    if version != ray.__version__:
        raise EnvironmentProblem(
            "U092", f"the cluster at {address} runs Ray {version}, this is {ray.__version__}; use the same on both"
        )


def slots(address: str, nodes: Sequence[Mapping[str, Any]], workers: int | None, tasks: int) -> Slots:
    """One worker a CPU of the nodes. None that Ray could never place: it would wait for ever and not say so."""
    processors = [int(node["Resources"].get("CPU", 0)) for node in nodes if node["Alive"]]
    if not sum(processors) and workers is None:
        raise EnvironmentProblem(
            "S037",
            f"a worker asks for 1 CPU; the largest node of {address} has {max(processors, default=0)}. "
            "Start nodes with CPUs, or say with --workers how many the cluster may grow to",
        )
    return Slots(min(workers or sum(processors), tasks))
