"""Where a study's workers come from: a Ray of the run's own, or a cluster that is already there."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from jobs.own_ray import environment, load, own_ray, places
from jobs.token import mode, open_to_all, refused
from transfer.errors import EnvironmentProblem, TransferError

DEADLINE = 20.0  # seconds for a cluster to answer


@dataclass(frozen=True)
class Slots:
    """How many workers there are places for, and what each asks of Ray."""

    workers: int
    cpus: int = 1
    gpus: float = 0.0  # a whole one, or exactly 1/k of one


@dataclass(frozen=True)
class Place:
    """Where workers are wanted: an address, how many, and how much of a GPU each."""

    address: str = "auto"
    workers: int | None = None
    gpus: Fraction = Fraction(0)
    is_insecure: bool = False  # a cluster that lets anybody in is good enough


@contextmanager
def connect(place: Place, tasks: int) -> Iterator[Slots]:
    """A connected Ray, and the workers to be had there, at most one a task.

    `auto` is the cluster in RAY_ADDRESS, which Ray sets for its jobs, and else a local Ray; an address is
    that of a cluster (`10.0.0.5:6379`).
    """
    address = place.address
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or "local"
    if address != "local":
        with _foreign(address, place, tasks) as found:
            yield found
        return
    count = min(place.workers or places(), tasks)
    with own_ray(count) as ray:
        if not place.gpus:
            yield Slots(count)
        else:
            yield slots("this machine", ray.nodes(), place, tasks)


@contextmanager
def _foreign(address: str, place: Place, tasks: int) -> Iterator[Slots]:
    if "://" in address or address.rpartition(":")[2] == address:
        raise EnvironmentProblem(
            "U090", f"{address!r} is no address of a Ray cluster; give host:port, as 10.0.0.5:6379"
        )
    with environment(RAY_USAGE_STATS_ENABLED="0", **mode()):
        ray = load()
        _answers(address)
        if not place.is_insecure and is_open(address):
            raise open_to_all(address)
        try:
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
            yield slots(address, ray.nodes(), place, tasks)
        finally:
            ray.shutdown()


def is_open(address: str) -> bool:
    """Whether the cluster answers somebody without a token."""
    import grpc  # type: ignore[import-untyped]
    from ray.core.generated import gcs_service_pb2, gcs_service_pb2_grpc

    with grpc.insecure_channel(address, [("grpc.enable_http_proxy", 0)]) as channel:
        stub = gcs_service_pb2_grpc.NodeInfoGcsServiceStub(channel)
        try:
            stub.CheckAlive(gcs_service_pb2.CheckAliveRequest(), timeout=DEADLINE)
        except grpc.RpcError:
            return False
    return True


def _answers(address: str) -> None:
    """Raises what is in the way of a connection; Ray itself would try for two minutes and then end the process."""
    import grpc
    from ray._private.grpc_utils import init_grpc_channel
    from ray.core.generated import gcs_service_pb2, gcs_service_pb2_grpc
    from ray.exceptions import AuthenticationError

    asked = gcs_service_pb2.CheckAliveRequest()
    try:
        with init_grpc_channel(address, [("grpc.enable_http_proxy", 0)]) as channel:
            answer = gcs_service_pb2_grpc.NodeInfoGcsServiceStub(channel).CheckAlive(asked, timeout=DEADLINE)
    except AuthenticationError:
        raise refused(address) from None
    except grpc.RpcError as error:
        if error.code() in {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}:
            raise refused(address) from None
        waited = f" (waited {DEADLINE:.0f} s)" if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else ""
        text = f"no Ray cluster at {address}{waited}. Is the address right, and the port open (6379 as a rule)?"
        raise EnvironmentProblem("U090", text) from None
    _same_version(address, answer.ray_version)


def _same_version(address: str, version: str) -> None:
    import ray

    if version != ray.__version__:
        raise EnvironmentProblem(
            "U092", f"the cluster at {address} runs Ray {version}, this is {ray.__version__}; use the same on both"
        )


def slots(address: str, nodes: Sequence[Mapping[str, Any]], place: Place, tasks: int) -> Slots:
    """One worker a CPU of the nodes, or a slice of their GPUs.

    None that Ray could never place: it would wait for ever and not say so.
    """
    held = [node["Resources"] for node in nodes if node["Alive"]]
    kind, wanted = ("GPU", place.gpus) if place.gpus else ("CPU", Fraction(1))
    found = [_places(one, place.gpus) for one in held]
    if not sum(found) and place.workers is None:
        largest = max((one.get(kind, 0) for one in held), default=0)
        raise EnvironmentProblem(
            "S037",
            f"a worker asks for {wanted} {kind}; the largest node of {address} has {largest:g}. "
            f"Start nodes with {kind}s, or say with --workers how many the cluster may grow to",
        )
    return Slots(min(place.workers or sum(found), tasks), gpus=float(place.gpus))


def _places(resources: Mapping[str, float], gpus: Fraction) -> int:
    """Workers that a node has room for, each with a CPU of its own."""
    processors = int(resources.get("CPU", 0))
    return min(processors, int(Fraction(int(resources.get("GPU", 0))) / gpus)) if gpus else processors


def slice_of(text: str) -> Fraction:
    """How much of a GPU a worker gets: a whole one, or exactly 1/k, since Ray would never place the rest."""
    try:
        gpus = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        gpus = Fraction(2)
    if gpus and (gpus.numerator != 1 or gpus > 1):
        raise TransferError("U089", f"--gpus-per-worker: {text!r} is neither 0, 1 nor 1/k, as 1/2 or 0.25")
    return gpus
