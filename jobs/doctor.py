"""Whether a study can run here: one line for each thing that must be so, with its fix where it is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from jobs import machine
from jobs.cluster import Place, connect, is_open
from jobs.results import Home, shown
from jobs.token import exposed, has_token, token_file
from transfer.errors import TransferError
from transfer.store.location import place_at

DEADLINE = 120.0  # seconds for a node to answer: its first process may have to be made
MEMORY, SHARED = 2 << 30, 200 << 20  # bytes that a worker wants, and that Ray keeps its objects in
GIB = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `level` is ok, warn or error."""

    level: str
    what: str
    text: str
    fix: str = ""


def examine(place: Place, home: Home | None) -> Iterator[Finding]:
    """Everything that can be found out, each as soon as it is known; a problem hides what lies behind it alone."""
    ours = machine.looked()
    yield Finding("ok", "versions", ", ".join(f"{name} {found}" for name, found in ours["versions"].items()))
    yield token()
    try:
        with connect(place, tasks=1 << 30) as slots:
            yield Finding("ok", "cluster", f"room for {slots.workers} workers")
            yield from _connected(place.address, ours, home)
    except TransferError as problem:
        text, _, fix = problem.text.partition(". ")
        yield Finding("error", "cluster", f"{problem.code}: {text}", fix)


def token() -> Finding:
    """That there is one and that nobody else can read it; never what it is."""
    if problem := exposed():
        text, _, fix = problem.rpartition(". ")
        return Finding("error", "token", text, fix)
    if not has_token():
        fix = "put the cluster's token into ~/.ray/auth_token, chmod 600; a run of this machine alone makes its own"
        return Finding("warn", "token", "there is none, which a cluster will ask for", fix)
    return Finding("ok", "token", f"is there, in {token_file() or 'the environment'}")


def _connected(address: str, ours: Mapping[str, Any], home: Home | None) -> Iterator[Finding]:
    import ray

    if ":" in address and is_open(address):
        yield Finding("error", "token", "the cluster accepts anyone", "start it with RAY_AUTH_MODE=token")
    alive = [node for node in ray.nodes() if node["Alive"]]
    probes = {node["NodeID"]: f"tmp/{uuid4().hex}" for node in alive}
    if home is not None:
        yield from _prepared(home)
    location = None if home is None else str(shown(home))
    for node, answer in zip(alive, _asked(alive, probes, location), strict=True):
        name = f"node {node['NodeManagerHostname']}"
        if isinstance(answer, str):
            yield Finding("error", name, answer, "is the same image on every node, with this package in it?")
            continue
        yield from _of_node(name, node["Resources"], answer, ours["versions"])
        if home is not None:
            yield _seen(name, home, probes[node["NodeID"]], answer["written"])


def _asked(nodes: Sequence[Mapping[str, Any]], probes: Mapping[str, str], location: str | None) -> Iterator[Any]:
    """What each node says of itself, or in words why it says nothing."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ask = ray.remote(look)
    waiting = [
        ask.options(
            num_cpus=0, max_retries=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote(location, probes[node["NodeID"]])
        for node in nodes
    ]
    for reference in waiting:
        try:
            yield ray.get(reference, timeout=DEADLINE)
        except ray.exceptions.RayError as error:
            yield (str(error).strip().splitlines() or [type(error).__name__])[-1]


def look(location: str | None, probe: str) -> dict[str, Any]:
    """On a node: what the machine is, and whether results can be written from there ('' where they can)."""
    found = machine.looked()
    if location is not None:
        try:
            place_at(location).create(probe, probe.encode())
            found["written"] = ""
        except (TransferError, OSError) as error:
            found["written"] = str(error)
    return found


def _of_node(
    name: str, resources: Mapping[str, float], answer: Mapping[str, Any], ours: dict[str, str]
) -> Iterator[Finding]:
    if other := machine.differing(answer["versions"], ours):
        yield Finding("error", name, f"U092: runs {other}: results would not be comparable", "use one image")
    processors, gpus = resources.get("CPU", 0), resources.get("GPU", 0)
    memory = answer["memory"] / GIB
    level = "warn" if answer["memory"] < MEMORY * max(1, processors) / 2 else "ok"
    text = f"{answer['cores']} cores, {processors:g} for work, {memory:.0f} GiB of memory, {gpus:g} GPUs"
    yield Finding(level, name, text, "fewer --workers: each takes about 1 GiB" if level == "warn" else "")
    if gpus:
        yield Finding("ok", name, "GPUs are used where --gpus-per-worker asks for them")
    shared = answer["shared_memory"]
    if shared is not None and shared < SHARED:
        fix = "start its container with --shm-size=1g, or mount an emptyDir of medium Memory there"
        yield Finding("warn", name, f"/dev/shm has {shared >> 20} MiB", fix)


def _prepared(home: Home) -> Iterator[Finding]:
    """Whether results can be kept there, and whether the second to write a record is told so."""
    place = place_at(home)
    try:
        place.prepare()
        yield Finding("ok", "results", f"{home} can be written, and the second to write a record is told so")
    except TransferError as problem:
        text, _, fix = problem.text.partition(". ")
        yield Finding("error", "results", f"{problem.code}: {text}", fix)


def _seen(name: str, home: Home, probe: str, problem: str) -> Finding:
    """Whether what a worker wrote there is read here."""
    if problem:
        return Finding("error", name, f"cannot write to {home}: {problem}", "may this node's role write there?")
    place = place_at(home)
    try:
        is_same = place.read(probe) == probe.encode()
    except FileNotFoundError:
        is_same = False
    place.delete(probe)
    if is_same:
        return Finding("ok", name, f"what it writes to {home} is read here")
    fix = "results go to a bucket, or to a folder that all nodes mount under one path"
    return Finding("error", name, f"what it writes to {home} is not seen here", fix)
