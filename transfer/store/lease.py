"""Who is at work on results: one driver at a time, so that no work is done twice. Nothing else depends on it."""

import errno
import fcntl
import json
import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from uuid import uuid4

from transfer.errors import EnvironmentProblem
from transfer.store.damage import link_refused, unwritable
from transfer.store.keys import LOCK

BEAT, STALE = 30.0, 90.0  # seconds


class FileLease:
    """A lock on a file, let go by the system when its process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self, holder: Mapping[str, Any]) -> bool:
        """Hold the lock until `release`; R076 names who has it. False on a file system that has no locks."""
        if self._descriptor is not None:
            return True
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path, flags, 0o666)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise link_refused(str(self._path)) from error
            raise unwritable(self._path.parent, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = os.read(descriptor, 4096)
            os.close(descriptor)
            raise in_use(str(self._path.parent), held) from None
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        with suppress(OSError):  # on a full disk the lock holds, and nobody is told whose it is
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps(dict(holder)).encode())
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.release()


@runtime_checkable
class Leased(Protocol):
    """What a lease needs of a bucket."""

    location: str

    def create(self, key: str, data: bytes) -> bool: ...
    def put(self, key: str, data: bytes) -> None: ...
    def read(self, key: str) -> bytes: ...
    def ages(self, area: str) -> dict[str, float]: ...
    def delete(self, key: str) -> None: ...


class ObjectLease:
    """An object that its holder writes anew every BEAT seconds; one that is STALE belongs to nobody any more.

    A holder that was only slow is overtaken: then two drivers do the same work, and nothing else happens.
    """

    def __init__(self, place: Leased) -> None:
        self._place = place
        self._ended: threading.Event | None = None
        self._held = b""

    def take(self, holder: Mapping[str, Any]) -> bool:
        if self._ended is not None:
            return True
        # No two are alike, or a second one would take the lease of the first for its own.
        self._held = json.dumps({**holder, "run": uuid4().hex}).encode()
        if not self._place.create(LOCK, self._held):
            self._overtake()
        self._ended = threading.Event()
        threading.Thread(target=self._beat, args=(self._ended,), daemon=True).start()
        return True

    def release(self) -> None:
        if self._ended is not None:
            self._ended.set()
            self._ended = None
            with suppress(FileNotFoundError, EnvironmentProblem):
                if self._place.read(LOCK) == self._held:
                    self._place.delete(LOCK)

    def _overtake(self) -> None:
        try:
            held = self._place.read(LOCK)
            if not _is_dead(held) and self._place.ages("").get(LOCK, STALE) < STALE:
                raise in_use(self._place.location, held)
        except FileNotFoundError:
            """Its holder has let go of it this moment."""
        self._place.put(LOCK, self._held)

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(BEAT):
            with suppress(EnvironmentProblem):  # whatever is wrong, the next commit will tell
                self._place.put(LOCK, self._held)


def _is_dead(held: bytes) -> bool:
    """Whether the holder was a process of this machine that has ended."""
    holder = read_holder(held)
    if holder is None or holder["host"] != socket.gethostname():
        return False
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def in_use(where: str, held: bytes) -> EnvironmentProblem:
    """What a second driver is told of the first."""
    holder = read_holder(held)
    by = f" by pid {holder['pid']} on {holder['host']} since {holder['since']}" if holder else ""
    text = f"{where} is in use{by}. Wait for it or stop it; `transfer run --force` is safe but wastes work"
    return EnvironmentProblem("R076", text)


def read_holder(held: bytes) -> dict[str, Any] | None:
    """Who wrote a lock; None where that cannot be told."""
    try:
        holder = json.loads(held)
        return {"pid": int(holder["pid"]), **{name: str(holder[name]) for name in ("host", "since")}}
    except (ValueError, KeyError, TypeError):
        return None
