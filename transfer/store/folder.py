"""A results folder: a file appears in it whole, once, and durably, or not at all."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from transfer.errors import TransferError
from transfer.store.damage import link_refused, unreadable, unwritable
from transfer.store.faults import at
from transfer.store.keys import FOLDERS

CHUNK = 1 << 20


class Folder:
    """The operations that the commit protocol needs, on a directory.

    `system` is the `os` module, or in tests a disk that fails, or one that forgets what was not synced.
    """

    def __init__(self, root: Path, system: Any = os) -> None:
        self.root = root
        self._system = system

    # Once, when a store is opened

    def prepare(self) -> None:
        """Make what the layout lacks, and find out now whether files can be written and linked here."""
        self.recognise(may_be_new=True)
        try:
            self._make(str(self.root))
            for name in FOLDERS:
                self._make(self._path(name))
            # What a killed run left visible is made durable before anything is built on it.
            for path in (str(self.root), *map(self._path, FOLDERS)):
                self._sync_folder(path)
            with suppress(PermissionError):  # the folder around it may be closed to us
                self._sync_folder(str(self.root.parent))
        except OSError as error:
            raise unwritable(self.root, error) from error
        probe = f"tmp/{uuid4().hex}"
        self.create(probe, b"")
        self.delete(probe)

    def recognise(self, *, may_be_new: bool = False) -> None:
        """Raise R074 for a folder that holds something else, R081 where a link leads out of it."""
        try:
            names = {name for name in self._system.listdir(str(self.root)) if not name.startswith(".")}
        except FileNotFoundError:
            names = set()
            if not may_be_new:
                raise TransferError("R074", f"{self.root}: no such results folder") from None
        except NotADirectoryError:
            raise TransferError("R074", f"{self.root} is a file, not a results folder") from None
        except OSError as error:
            raise unreadable(self.root, error) from error
        is_ours = {"studies", "records"} <= names or (may_be_new and names <= set(FOLDERS))
        if not is_ours:
            what = "is not empty and not" if may_be_new else "is not"
            raise TransferError("R074", f"{self.root} {what} a results folder. Give another one")
        for name in FOLDERS:
            with suppress(FileNotFoundError):
                if stat.S_ISLNK(self._system.lstat(self._path(name)).st_mode):
                    raise link_refused(self.root / name)

    def _make(self, path: str) -> None:
        parent = os.path.dirname(path) or "."
        try:
            self._system.mkdir(path)
        except FileExistsError:
            return
        except FileNotFoundError:
            self._make(parent)
            self._make(path)
        self._sync_folder(parent)

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    # Writing

    def create(self, key: str, data: bytes) -> bool:
        """Put `data` under `key` if nothing is there: True when this call did it, False when it was there.

        Either way what lies there is durable on return. `link` and not `rename`, which replaces in silence.
        """
        area = key.partition("/")[0]
        path = self._path(key)
        temporary = self._path(f"tmp/{uuid4().hex}")
        try:
            try:
                self._write(temporary, data, area)
                is_ours = self._link(temporary, path)
                at(f"{area} linked")
                self._sync_folder(os.path.dirname(path))
                at(f"{area} durable")
            finally:
                with suppress(OSError):
                    self._system.unlink(temporary)
        except OSError as error:
            raise unwritable(self.root, error) from error
        at(f"{area} tidied")
        return is_ours

    def settle(self, key: str) -> None:
        """Make durable what another process has put here, before anything is built on it."""
        try:
            self._sync_folder(os.path.dirname(self._path(key)))
        except OSError as error:
            raise unwritable(self.root, error) from error

    def delete(self, key: str) -> None:
        with suppress(OSError):
            self._system.unlink(self._path(key))

    def _write(self, path: str, data: bytes, area: str) -> None:
        # 0o666 leaves the permissions to the person's umask.
        descriptor = self._system.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._system.write(descriptor, rest) :]
            at(f"{area} written")
            self._system.fsync(descriptor)
            at(f"{area} synced")
        finally:
            self._system.close(descriptor)

    def _link(self, temporary: str, path: str) -> bool:
        try:
            self._system.link(temporary, path)
        except OSError as error:
            # NFS may report a link that it has made as failed; two names for our file tell the truth.
            if self._system.lstat(temporary).st_nlink == 2:
                return True
            if error.errno == errno.EEXIST:
                return False
            raise
        return True

    def _sync_folder(self, path: str) -> None:
        descriptor = self._system.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._system.fsync(descriptor)
        finally:
            self._system.close(descriptor)

    # Reading

    def read(self, key: str) -> bytes:
        """The bytes of a file; FileNotFoundError when there is none."""
        return b"".join(self._chunks(key))

    def measure(self, key: str) -> tuple[int, str]:
        """The size and the SHA-256 of a file; FileNotFoundError when there is none."""
        size, sha256 = 0, hashlib.sha256()
        for chunk in self._chunks(key):
            size += len(chunk)
            sha256.update(chunk)
        return size, sha256.hexdigest()

    def names(self, area: str) -> list[str]:
        """What lies in one folder of the layout, in order."""
        try:
            return sorted(self._system.listdir(self._path(area)))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unreadable(self.root, error) from error

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
                raise link_refused(self.root / key) from error
            raise unreadable(self.root, error) from error
