"""Objects of a bucket on this machine, each under the SHA-256 of its bytes; all of it may be deleted at any time."""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from transfer.errors import EnvironmentProblem
from transfer.store.damage import difference
from transfer.store.place import Differs

PLACE, LIMIT = "TRANSFER_CACHE", "TRANSFER_CACHE_GB"
GIGABYTES = 50.0
STRIPES = 2  # first digits of a SHA-256 whose downloads wait for each other
CHUNK = 1 << 20


class Cache:
    """A folder that all processes of a machine share. What was used longest ago goes first when it is full."""

    def __init__(self, home: Path, limit: float) -> None:
        self.home = home
        self.limit = limit  # bytes
        self._pin: IO[bytes] | None = None

    def fetch(self, sha256: str, size: int | None, suffix: str, pieces: Iterable[bytes]) -> Path:
        """The path of some bytes that have just been checked; of `pieces` where it does not have them.

        Differs where those that come are others.
        """
        path = self.home / f"{sha256}{suffix}"
        try:
            if not _is_sound(path, sha256):
                with self._alone(sha256):
                    if not _is_sound(path, sha256):
                        self._take_in(path, sha256, size, pieces)
                        self._make_room(path)
        except OSError as error:
            text = f"cannot keep {path}: {error.strerror}. Set {PLACE} to a folder that has room"
            raise EnvironmentProblem("R075", text) from error
        return path

    def pin(self) -> None:
        """Nothing leaves the cache until this process has ended."""
        if self._pin is None:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._pin = (self.home / "pinned").open("wb")
            fcntl.flock(self._pin, fcntl.LOCK_SH)

    @contextmanager
    def _alone(self, sha256: str) -> Iterator[None]:
        """The only process of this machine that downloads this: the others would wait for the same bytes."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.home / f"{sha256[:STRIPES]}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _take_in(self, path: Path, sha256: str, size: int | None, pieces: Iterable[bytes]) -> None:
        aside = self.home / f"{uuid4().hex}.part"
        found, count = hashlib.sha256(), 0
        try:
            with aside.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                    found.update(piece)
                    count += len(piece)
            if problem := difference((count, found.hexdigest()), sha256, size):
                raise Differs(problem)
            # Moved as a whole: another process never sees half of it.
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)

    def _make_room(self, newest: Path) -> None:
        found = [(seen, path) for path in self.home.iterdir() if path != newest and (seen := _seen(path))]
        total = newest.stat().st_size + sum(seen.st_size for seen, _ in found)
        if total <= self.limit or self._is_pinned():
            return
        for seen, path in sorted(found, key=lambda one: one[0].st_mtime):
            if total > self.limit and path.suffix != ".lock":
                path.unlink(missing_ok=True)
                total -= seen.st_size

    def _is_pinned(self) -> bool:
        with (self.home / "pinned").open("ab") as pin:
            try:
                fcntl.flock(pin, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def of_this_machine() -> Cache:
    """The cache in TRANSFER_CACHE, or below the person's cache folder, of at most TRANSFER_CACHE_GB."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    limit = os.environ.get(LIMIT, "")
    try:
        gigabytes = float(limit or GIGABYTES)
    except ValueError:
        raise EnvironmentProblem("R075", f"{LIMIT} is {limit!r}; give a number of gigabytes") from None
    return Cache(Path(os.environ.get(PLACE) or Path(home, "transfer", "objects")), gigabytes * 1e9)


def _is_sound(path: Path, sha256: str) -> bool:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            os.utime(file.fileno())  # the time of its last use, by which room is made
            while piece := file.read(CHUNK):
                found.update(piece)
    except FileNotFoundError:
        return False
    return found.hexdigest() == sha256


def _seen(path: Path) -> os.stat_result | None:
    with suppress(FileNotFoundError):
        return path.stat()
    return None
