"""A run under supervision: when the head of a cluster dies it takes the driver with it, without an exception.

What is done is in storage, so whoever begins again goes on. An end that somebody wanted, or that would come again,
is left as it is.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from jobs.closing import say
from jobs.interrupts import Interrupts

PAUSES = (1.0, 5.0, 15.0, 60.0, 120.0)  # seconds before each new beginning; after the last there is none
LASTED = 600.0  # seconds after which a run counts as a new one
LOST, ENVIRONMENT = 1, 4  # exit codes: of a driver whose head is gone, and of one that finds no cluster


def supervise(command: Sequence[str], pauses: Sequence[float] = PAUSES) -> int:
    """Runs a command until it ends by itself; its exit code, as a shell shows it."""
    deaths, has_lived = 0, False
    with Interrupts() as stop:
        while True:
            began = time.monotonic()
            code = _run(command, stop)
            if time.monotonic() - began > LASTED:
                deaths = 0
            is_death = code < 0 or code == LOST
            # No cluster is a reason to wait only where there was one: its head may be on its way back.
            if stop.number is not None or not (is_death or (code == ENVIRONMENT and has_lived)):
                return _shown(code)
            has_lived = has_lived or is_death
            if deaths == len(pauses):
                say(f"the run has died {deaths + 1} times in a row; given up. What is done is kept.")
                return _shown(code)
            say(f"the run has died ({_how(code)}); what is done is kept, it begins again in {pauses[deaths]:.0f} s")
            _rest(pauses[deaths], stop)
            if stop.number is not None:
                return _shown(-stop.number)
            deaths += 1


def _run(command: Sequence[str], stop: Interrupts) -> int:
    """One run, in a session of its own: a Ctrl-C reaches it once, through us. What it leaves behind ends with it."""
    child = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
    stop.on_first = lambda: child.send_signal(stop.number or signal.SIGTERM)
    if stop.number is not None:
        child.send_signal(stop.number)
    try:
        return child.wait()
    except KeyboardInterrupt:  # the second signal
        child.send_signal(signal.SIGINT)
        return child.wait()
    finally:
        stop.on_first = lambda: None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _rest(seconds: float, stop: Interrupts) -> None:
    until = time.monotonic() + seconds
    while stop.number is None and (left := until - time.monotonic()) > 0:
        time.sleep(min(0.2, left))


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _shown(code: int) -> int:
    return 128 - code if code < 0 else code
