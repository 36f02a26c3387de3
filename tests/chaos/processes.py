"""What the system says of processes, whoever started them."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def state(process: int) -> str:
    """R runs, S sleeps, T is stopped, Z has ended; nothing where there is none."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def is_gone(process: int) -> bool:
    return state(process) in ("", "Z")


def carrying(name: str, value: str) -> list[int]:
    """The processes in whose environment a variable has this value, but for our own: they come from what we began."""
    wanted, found = f"{name}={value}".encode(), []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted in path.read_bytes().split(b"\0") and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


def named(processes: list[int], name: str) -> list[int]:
    """Those of some processes whose program has this name."""
    found = []
    for process in processes:
        with suppress(OSError):
            program = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0].decode()
            if Path(program).name == name:
                found.append(process)
    return found


def kill(processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def wait_for(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether something became so in time."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
