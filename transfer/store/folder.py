"""A results folder: a file appears in it whole, once, and durably, or not at all."""

import errno
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from transfer.store.damage import unwritable
from transfer.store.faults import at
from transfer.store.keys import FOLDERS, LOCK
from transfer.store.lease import FileLease
from transfer.store.reading import Reading


class Folder(Reading):
    """The operations that the commit protocol needs (`place.py`), on a directory."""

    is_immediate = True
    at_once = 8  # hashing, and waiting for the disk, leave Python to others

    def __init__(self, root: Path, system: Any = os) -> None:
        super().__init__(root, system)
        self._lease = FileLease(root / LOCK)

    # Once, when a store is opened

    def prepare(self, *, single_writer: bool = False) -> None:
        """Make what the layout lacks, and find out now whether files can be written and linked here."""
        self.recognise(may_be_new=True)
        try:
            self._make(str(self.location))
            for name in FOLDERS:
                self._make(self._path(name))
            # What a killed run left visible is made durable before anything is built on it.
            for path in (str(self.location), *map(self._path, FOLDERS)):
                self._sync_folder(path)
            with suppress(PermissionError):  # the folder around it may be closed to us
                self._sync_folder(str(self.location.parent))
        except OSError as error:
            raise unwritable(self.location, error) from error
        probe = f"tmp/{uuid4().hex}"
        self.create(probe, b"")
        self.delete(probe)

    def hold(self, holder: dict[str, Any]) -> bool:
        return self._lease.take(holder)

    def release(self) -> None:
        self._lease.release()

    def pin(self) -> None:
        """Nothing that is handed out here is ever taken away."""

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

    # Writing

    def create(self, key: str, data: bytes) -> bool:
        """Put `data` under `key` if nothing is there: True when this call did it, False when it was there.

        Either way what lies there is durable on return.
        """
        return self.publish({}, key, data)

    def publish(self, files: Mapping[str, bytes], key: str, data: bytes) -> bool:
        """Put `data` under `key` as `create` does, once `files` are durable under names that nobody else has."""
        area = key.partition("/")[0]
        temporary = f"tmp/{uuid4().hex}"
        try:
            try:
                self._write({**files, temporary: data}, area)
                is_ours = self._link(self._path(temporary), self._path(key))
                at(f"{area} linked")
                self._sync_folder(os.path.dirname(self._path(key)))
                at(f"{area} durable")
            finally:
                with suppress(OSError):
                    self._system.unlink(self._path(temporary))
        except OSError as error:
            raise unwritable(self.location, error, sum(map(len, files.values())) + len(data)) from error
        at(f"{area} tidied")
        return is_ours

    def settle(self, key: str) -> None:
        try:
            self._sync_folder(os.path.dirname(self._path(key)))
        except OSError as error:
            raise unwritable(self.location, error) from error

    def move(self, key: str, other: str) -> None:
        try:
            self._system.rename(self._path(key), self._path(other))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise unwritable(self.location, error) from error

    def delete(self, key: str) -> None:
        with suppress(OSError):
            self._system.unlink(self._path(key))

    def ages(self, area: str) -> dict[str, float]:
        """The seconds since each file was written. A file made now tells the time of the disk, not of this machine."""
        probe = f"tmp/{uuid4().hex}"
        self.create(probe, b"")
        now = self._looked_at(probe)
        self.delete(probe)
        found = {name: self._looked_at(f"{area}/{name}") for name in self.names(area)}
        return {name: now.st_mtime - seen.st_mtime for name, seen in found.items() if seen and now}

    def sweep(self, age: float) -> int:
        old = [name for name, found in self.ages("tmp").items() if found >= age]
        for name in old:
            self.delete(f"tmp/{name}")
        return len(old)

    def _write(self, files: Mapping[str, bytes], area: str) -> None:
        """Make files and wait for the disk: once for all of them, which takes no longer than for one."""
        areas = [area if key.startswith("tmp/") else key.partition("/")[0] for key in files]
        folders = sorted({self._path(name) for name in areas} - {self._path(area)})
        opened: list[int] = []
        try:
            for (key, data), name in zip(files.items(), areas, strict=True):
                # 0o666 leaves the permissions to the person's umask.
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                opened.append(self._system.open(self._path(key), flags, 0o666))
                rest = memoryview(data)
                while rest:
                    rest = rest[self._system.write(opened[-1], rest) :]
                at(f"{name} written")
            opened += [self._system.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) for path in folders]
            self._sync(opened)
            for name in areas:
                at(f"{name} synced")
            if folders:
                at("objects durable")
        finally:
            for descriptor in opened:
                self._system.close(descriptor)

    def _sync(self, descriptors: Sequence[int]) -> None:
        if len(descriptors) == 1 or self.at_once == 1:
            for descriptor in descriptors:
                self._system.fsync(descriptor)
            return
        with ThreadPoolExecutor(len(descriptors) - 1) as pool:
            others = pool.map(self._system.fsync, descriptors[1:])
            self._system.fsync(descriptors[0])  # here: a thread takes a moment to begin
            list(others)

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
