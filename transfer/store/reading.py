"""What is looked up and read in a results folder; nothing here changes a byte of it."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from transfer.errors import TransferError
from transfer.store.damage import difference, link_refused, measured, no_results, unreadable
from transfer.store.keys import FOLDERS, is_layout
from transfer.store.place import Differs

CHUNK = 1 << 20


class Reading:
    """The half of a folder's operations that needs no leave to write.

    `system` is the `os` module, or in tests a disk that fails, or one that forgets what was not synced.
    """

    def __init__(self, root: Path, system: Any = os) -> None:
        self.location = root
        self._system = system

    def where(self, key: str) -> str:
        return str(self.location / key)

    def recognise(self, *, may_be_new: bool = False) -> None:
        """Raise R074 for a folder that holds something else, R081 where a link leads out of it."""
        root = self.location
        try:
            names = {name for name in self._system.listdir(str(root)) if not name.startswith(".")}
        except FileNotFoundError:
            names = set()
            if not may_be_new:
                raise TransferError("R074", f"{root}: no such results folder") from None
        except NotADirectoryError:
            raise TransferError("R074", f"{root} is a file, not a results folder") from None
        except OSError as error:
            raise unreadable(str(root), error) from error
        if not {"studies", "records"} <= names and not (may_be_new and is_layout(names)):
            raise no_results(str(root), may_be_new)
        for name in FOLDERS:
            with suppress(FileNotFoundError):
                if stat.S_ISLNK(self._system.lstat(self._path(name)).st_mode):
                    raise link_refused(self.where(name))

    def is_new(self) -> bool:
        try:
            names = {name for name in self._system.listdir(str(self.location)) if not name.startswith(".")}
        except FileNotFoundError:
            return True
        except OSError:
            return False  # `recognise` says what it is
        return is_layout(names) and not {"studies", "records"} <= names

    def read(self, key: str) -> bytes:
        return b"".join(self._chunks(key))

    def read_many(self, keys: Iterable[str]) -> Iterator[bytes | None]:
        for key in keys:
            try:
                yield self.read(key)
            except FileNotFoundError:
                yield None

    def measure(self, key: str) -> tuple[int, str]:
        return measured(self._chunks(key))

    def fetch(self, key: str, sha256: str, size: int | None) -> Path:
        if problem := difference(self.measure(key), sha256, size):
            raise Differs(problem)
        return self.location / key

    def check(self, key: str, sha256: str, size: int) -> None:
        self.fetch(key, sha256, size)

    def has(self, key: str) -> bool:
        return self._looked_at(key) is not None

    def names(self, area: str) -> list[str]:
        try:
            return sorted(self._system.listdir(self._path(area)))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unreadable(self.where(area), error) from error

    def sizes(self, area: str) -> dict[str, int]:
        found = {name: self._looked_at(f"{area}/{name}") for name in self.names(area)}
        return {name: seen.st_size for name, seen in found.items() if seen}

    def _path(self, key: str) -> str:
        return f"{self.location}/{key}"

    def _looked_at(self, key: str) -> Any:
        """What the system knows of a file, None where there is none."""
        try:
            return self._system.lstat(self._path(key))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(self.where(key), error) from error

    def _chunks(self, key: str) -> Iterator[bytes]:
        # Without O_NONBLOCK a pipe that somebody put here would be waited on for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = self._system.open(self._path(key), flags)
            try:
                while chunk := self._system.read(descriptor, CHUNK):
                    yield chunk
            finally:
                self._system.close(descriptor)
        except FileNotFoundError:
            raise
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise link_refused(self.where(key)) from error
            raise unreadable(self.where(key), error) from error
