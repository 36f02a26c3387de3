"""Where a study's workers come from: a Ray of the run's own, or a cluster that is already there."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.own_ray import environment, load, own_ray, places
from transfer.errors import EnvironmentProblem

DEADLINE = 20.0  # seconds for a cluster to answer


@dataclass(frozen=True)
class Slots:
    """How many workers there are places for, and what each asks of Ray."""

    workers: int
    cpus: int = 1
    gpus: float = 0.0  # a whole one, or exactly 1/k of one


@contextmanager
def connect(address: str, workers: int | None, tasks: int) -> Iterator[Slots]:
    """A connected Ray, and the workers to be had there, at most one a task.

    `auto` is the cluster in RAY_ADDRESS, which Ray sets for its jobs, and else a local Ray; an address is
    that of a cluster (`10.0.0.5:6379`).
    """
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or "local"
    if address == "local":
        count = min(workers or places(), tasks)
        with own_ray(count):
            yield Slots(count)
    else:
        with _foreign(address, workers, tasks) as slots:
            yield slots


@contextmanager
def _foreign(address: str, workers: int | None, tasks: int) -> Iterator[Slots]:
    if "://" in address or address.rpartition(":")[2] == address:
        raise EnvironmentProblem(
            "U090", f"{address!r} is no address of a Ray cluster; give host:port, as 10.0.0.5:6379"
        )
    mode = {} if "RAY_AUTH_MODE" in os.environ or not _has_token() else {"RAY_AUTH_MODE": "token"}
    with environment(RAY_USAGE_STATS_ENABLED="0", **mode):
        ray = load()
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
