"""The steps of the commit protocol by name, so that a test can end a process at any one of them."""

import errno
import os
import signal
from collections import Counter

VARIABLE = "TRANSFER_FAULT"

# What one commit goes through, in order; "objects written" and "objects synced" come once for every object.
STEPS = (
    "commit begun",
    "objects written",
    "records written",
    "objects synced",
    "records synced",
    "objects durable",
    "records linked",
    "records durable",
    "records tidied",
    "commit done",
)

_passed: Counter[str] = Counter()


def at(step: str) -> None:
    """Pass a named step; nothing happens unless a test has asked for a fault here.

    TRANSFER_FAULT is STEP:N:HOW or STEP:N:HOW:MARKER. The N-th time that this process passes STEP it ends at
    once (`exit`), is killed (`kill`), or meets the error that HOW names (`EIO`, `ENOSPC`). With a MARKER, a
    file that must not exist yet, only the first of all processes that get there does: a restarted actor,
    which inherits the variable, then lives.
    """
    fault = os.environ.get(VARIABLE)
    if not fault:
        return
    wanted, number, how, *marker = fault.split(":", 3)
    if step != wanted:
        return
    _passed[step] += 1
    if _passed[step] == int(number) and _is_first(marker):
        _fail(how)


def _is_first(marker: list[str]) -> bool:
    try:
        for path in marker:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _fail(how: str) -> None:
    if how == "exit":
        os._exit(86)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    number = getattr(errno, how)
    raise OSError(number, os.strerror(number))
