"""A person's own network to which, at a chosen point of a chosen stage, a fault of the machine happens.

It lies beside the study that `make chaos` runs, so its workers load it as anybody's code. The folder in $CHAOS says
what is to happen (`plan.json`); whoever it happens to first leaves its name there (`struck.json`), so that it happens
once.
"""

import ctypes
import json
import math
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from torch import Tensor, nn

STAGES = {"_train": "train", "_craft": "craft", "_evaluate": "evaluate"}  # the functions that a stage runs in
SECONDS = 400.0  # that a held process waits, so that none outlives its run for long
CHUNK = 100_000_000  # bytes taken at a time until there are none
SPARED = 1_500_000_000  # bytes of the machine that are left to the others

_passed: Counter[str] = Counter()


def watched(shape: tuple[int, int, int], classes: int, *, hidden: int) -> nn.Module:
    """One hidden layer of ReLUs."""
    return Watched(nn.Flatten(), nn.Linear(math.prod(shape), hidden), nn.ReLU(), nn.Linear(hidden, classes))


class Watched(nn.Sequential):
    """Whatever is asked of it, by a training, an attack or an evaluation, may be the last thing that is."""

    def forward(self, images: Tensor) -> Tensor:
        if (plan := _plan()) and (struck := _due(plan)) and _is_first(struck):
            HAPPENS[plan["how"]](plan)
        return super().forward(images)


def _plan() -> dict[str, Any] | None:
    try:
        return json.loads(_at("plan.json").read_text())
    except (KeyError, FileNotFoundError):
        return None


def _at(name: str) -> Path:
    return Path(os.environ["CHAOS"], name)


def _due(plan: dict[str, Any]) -> dict[str, Any] | None:
    """Who is struck, in the midst of what: the second question to a network in a task of the planned stage."""
    frame: FrameType | None = sys._getframe()
    while frame and frame.f_code.co_name not in STAGES:
        frame = frame.f_back
    if not frame or STAGES[frame.f_code.co_name] != plan["stage"]:
        return None
    task, home = frame.f_locals["task"], frame.f_locals["shelf"].store.location
    done = len(list(Path(home, "records", plan["stage"]).iterdir()))
    _passed[task.id] += 1
    if str(home) != plan["results"] or done < plan["after"] or _passed[task.id] < 2:
        return None
    return {"pid": os.getpid(), "parent": os.getppid(), "stage": plan["stage"], "task": task.id, "done": done}


def _is_first(struck: dict[str, Any]) -> bool:
    written = _at(f"{os.getpid()}.part")
    written.write_text(json.dumps(struck))
    try:
        os.link(written, _at("struck.json"))
    except FileExistsError:
        return False
    finally:
        written.unlink()
    return True


def _kill(plan: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _terminate(plan: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS)


def _segfault(plan: dict[str, Any]) -> None:
    ctypes.string_at(0)


def _exit(plan: dict[str, Any]) -> None:
    os._exit(1)


def _raise(plan: dict[str, Any]) -> None:
    raise RuntimeError("struck")


def _memory(plan: dict[str, Any]) -> None:
    """Takes memory until the node's monitor ends this process, or too little is left for the others."""
    taken, until = [], time.monotonic() + SECONDS
    while time.monotonic() < until:
        if _available() > SPARED:
            taken.append(b"x" * CHUNK)
        time.sleep(0.05)


def _available() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def _hang(plan: dict[str, Any]) -> None:
    while True:
        time.sleep(60)


def _stop(plan: dict[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _wait(plan: dict[str, Any]) -> None:
    until = time.monotonic() + SECONDS
    while not _at("go").exists() and time.monotonic() < until:
        time.sleep(0.02)


def _commit(plan: dict[str, Any]) -> None:
    """From here on it goes as ever, up to a step of this task's commit."""
    os.environ["TRANSFER_FAULT"] = f"{plan['step']}:1:{plan['error']}:{_at('fired')}"


def _late(plan: dict[str, Any]) -> None:
    """Sleeps when all is written and only the record's name is to be made, and makes it on waking."""
    link = os.link

    def sleep_and_link(*names: Any) -> None:
        os.link = link
        _at("fired").touch()
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            link(*names)
        finally:
            _at("woken").touch()

    os.link = sleep_and_link


def _fill(plan: dict[str, Any]) -> None:
    """Fills the disk of the results to the last byte."""
    with Path(plan["results"], "..", "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 10, 1):
            try:
                while file.write(b"x" * size):
                    """There is room still."""
            except OSError:
                continue


HAPPENS = {
    "kill": _kill,
    "terminate": _terminate,
    "segfault": _segfault,
    "exit": _exit,
    "raise": _raise,
    "memory": _memory,
    "hang": _hang,
    "stop": _stop,
    "wait": _wait,
    "commit": _commit,
    "late": _late,
    "fill": _fill,
}
