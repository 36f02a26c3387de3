"""A commit, each of whose system calls fails in turn, or is the last that its process makes: strace does it.

`python -m tests.transfer.store.injection [SYSTEM CALL ...]` prints what was hit, and ends with an error where a
record was torn, something reported done was lost, or a point was not hit.
"""

import ctypes
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.transfer.store.disk import OneByOne
from transfer.errors import TransferError
from transfer.identity import digest
from transfer.store import Object, Store
from transfer.store.folder import Folder
from transfer.store.upkeep import verify

CALLS = "?open,openat,read,?pread64,write,?pwrite64,fsync,?fdatasync,close,?link,linkat,?unlink,unlinkat"
TRACED = f"{CALLS},?rename,?renameat,renameat2,?stat,?lstat,newfstatat,?mkdir,mkdirat,getdents64"
HOW = ("signal=KILL", "error=ENOSPC", "error=EIO")
ANYONE = ctypes.c_ulong(-1)  # PR_SET_PTRACER_ANY
SET_PTRACER = 0x59616D61
LINE = re.compile(r"(?P<process>\d+)\s+(?P<call>\w+)\(")
SPECS = [{"stage": "train", "seed": 0}, {"stage": "craft", "on": 0}]
NOT_STRUCK = "was not struck"
TRIES = 3  # a process may make a call less or more than the one that was looked at: it is struck in another
ROLES = {"train": ("weights", "trained"), "craft": ("images", "crafted")}


class Point(NamedTuple):
    """The n-th time that a process makes a system call."""

    call: str
    number: int
    line: str  # as strace shows it


def can_trace() -> bool:
    return shutil.which("strace") is not None


def offer(store: Store, number: int) -> dict[str, str]:
    """A task with two objects, whose bytes depend on the task alone; their digests by role."""
    spec = SPECS[number]
    stage = str(spec["stage"])
    suffixes = dict(zip(ROLES[stage], ("safetensors", "parquet"), strict=True))
    objects = {role: Object(f"{role} {number}".encode() * 300, suffix) for role, suffix in suffixes.items()}
    record = store.commit(digest(spec), stage, spec=spec, inputs={}, objects=objects, provenance={}, seconds=0.0)
    return {role: kept["sha256"] for role, kept in record.objects.items()}


def traced(folder: type[Folder], location: Path, injected: str = "") -> tuple[int, list[str]]:
    """How a process ended that commits the second task, and what strace has seen of it."""
    ready, go = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            ctypes.CDLL(None).prctl(SET_PTRACER, ANYONE, 0, 0, 0)
            select.select([ready], [], [])  # no call that is traced
            offer(Store(folder(location)), 1)
            code = 0
        except TransferError as problem:
            code = problem.exit_code
        finally:
            os._exit(code)
    log = location.with_suffix(".trace")
    faults = ["-e", f"inject={injected}"] if injected else []
    strace = subprocess.Popen(
        ["strace", "-f", "-y", "-qq", "-o", log, "-e", f"trace={TRACED}", *faults, "-p", f"{pid}"]
    )
    until = time.monotonic() + 30
    while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
        if time.monotonic() > until or strace.poll() is not None:
            os.kill(pid, signal.SIGKILL)
            sys.exit("strace cannot follow a process here")
        time.sleep(0.002)
    os.write(go, b"1")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    strace.wait()
    os.close(ready)
    os.close(go)
    return code, log.read_text(errors="replace").splitlines()


def points(location: Path, lines: list[str]) -> list[Point]:
    """Every system call of the results folder that was seen, and the how-maniest of its name it was."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for match, line in ((LINE.match(line), line) for line in lines):
        if match:
            seen[match["process"], match["call"]] += 1
            if str(location) in line:
                found.append(Point(match["call"], seen[match["process"], match["call"]], line))
    return found


def problem(location: Path, undisturbed: list[dict[str, str]]) -> str:
    """What is wrong with a store that a process has left: nothing may be torn, and the next run must finish."""
    damaged = verify(Store.open(location, writing=False)).damaged
    if damaged:
        return str(damaged[0])
    resumed = Store.open(location)
    if [offer(resumed, number) for number in range(2)] != undisturbed:
        return "the next run made something else"
    verdict = verify(resumed)
    return "" if verdict.is_sound and verdict.records == 2 else f"{verdict.damaged} {verdict.outdated}"


def strike(root: Path, folder: type[Folder], point: Point, how: str, undisturbed: list[dict[str, str]]) -> str:
    """Let one system call of a commit fail; what is wrong then, or empty."""
    location = root / "struck"
    shutil.rmtree(location, ignore_errors=True)
    shutil.copytree(root / "before", location)
    code, lines = traced(folder, location, f"{point.call}:{how}:when={point.number}")
    is_struck = code == -signal.SIGKILL if "KILL" in how else any("(INJECTED)" in line for line in lines)
    if not is_struck:
        return NOT_STRUCK
    if code == 0 and point.call == "fsync":
        return "reported done though it was not synced"
    if code not in (0, 4, -signal.SIGKILL):
        return f"ended with {code}"
    return problem(location, undisturbed)


def run(calls: tuple[str, ...] = (), told: Callable[[str], None] = print) -> int:
    """Strike every system call of a commit, or those of some names; how many points were hit in how many ways."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as home:
        root = Path(home)
        whole = Store.open(root / "undisturbed")
        undisturbed = [offer(whole, number) for number in range(2)]
        offer(Store.open(root / "before"), 0)
        hit = 0
        for folder in (OneByOne, Folder):
            shutil.copytree(root / "before", root / "seen")
            code, lines = traced(folder, root / "seen")
            assert code == 0, lines
            wanted = [point for point in points(root / "seen", lines) if not calls or point.call in calls]
            if folder is Folder:  # of which several sync at once
                wanted = [point for point in wanted if point.call == "fsync" and point.number == 1][:1]
            shutil.rmtree(root / "seen")
            for point in wanted:
                for how in HOW:
                    tries = (strike(root, folder, point, how, undisturbed) for _ in range(TRIES))
                    if wrong := next((said for said in tries if said != NOT_STRUCK), NOT_STRUCK):
                        sys.exit(f"{how} at {point.call} {point.number}: {wrong}\n{point.line}")
                    hit += 1
            names = Counter(point.call for point in wanted)
            shown = ", ".join(f"{call} {count}" for call, count in sorted(names.items()))
            how_many = f"{len(wanted)} of {len(wanted)} system calls of a commit"
            told(f"{folder.__name__}: {how_many}, each with KILL, ENOSPC and EIO: no record torn or lost ({shown})")
    return hit


if __name__ == "__main__":
    began = time.monotonic()
    print(f"{run(tuple(sys.argv[1:]))} injections in {time.monotonic() - began:.0f} s")
