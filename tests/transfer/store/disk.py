"""A disk in memory that forgets, when power is lost, whatever was not synced."""

import errno
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from transfer.store.folder import Folder


class OneByOne(Folder):
    """A folder whose process does one thing after the other, so that a test can say which."""

    at_once = 1


class Died(BaseException):
    """The process ends here; nothing that it would have done afterwards happens."""


@dataclass
class File:
    data: bytes = b""
    synced: bytes = b""
    links: int = 0
    changed: int = 0  # the call of the disk that last wrote to it

    def outcomes(self) -> "list[File]":
        torn = {self.synced, self.data[: len(self.data) // 2]} if self.synced != self.data else set()
        return [File(text, text, 1) for text in sorted(torn | {self.data})]


@dataclass
class Directory:
    names: "dict[str, File | Directory]" = field(default_factory=dict)
    synced: "dict[str, File | Directory]" = field(default_factory=dict)

    def outcomes(self) -> "Iterator[Directory]":
        """Every state in which a loss of power may leave this directory and what it holds."""
        choices = []
        for name in self.names.keys() | self.synced.keys():
            candidates = {id(one): one for one in (self.names.get(name), self.synced.get(name))}.values()
            # Nobody reads temporaries, and whatever is left of them has no bearing on the rest.
            choices.append(
                [(name, Directory())]
                if name == "tmp"
                else [(name, after) for one in candidates for after in (one.outcomes() if one else [None])]
            )
        for names in itertools.product(*choices):
            kept = {name: node for name, node in names if node is not None}
            yield Directory(kept, dict(kept))


class Disk:
    """The functions of `os` that the store calls, over a tree in memory."""

    def __init__(self, root: Directory, forgets: Callable[[str, bytes], bool] = lambda path, data: False) -> None:
        self.root = root
        self.forgets = forgets  # which calls of fsync do nothing: the mutants
        self.changed: Callable[[], None] = lambda: None
        self.calls = 0
        self.dies_at = -1
        self.interrupted_at = -1
        self.interrupt: Callable[[], None] = lambda: None
        self._open: dict[int, tuple[str, File | Directory, list[int]]] = {}

    def _call(self) -> None:
        self.calls += 1
        if self.calls == self.interrupted_at:
            self.interrupt()
        if 0 <= self.dies_at <= self.calls:
            raise Died

    def _node(self, path: str) -> "File | Directory":
        node: File | Directory = self.root
        for name in Path(path).parts[1:]:
            if not isinstance(node, Directory) or name not in node.names:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            node = node.names[name]
        return node

    def _add(self, path: str, node: "File | Directory") -> None:
        parent = self._node(os.path.dirname(path))
        name = os.path.basename(path)
        if name in parent.names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        parent.names[name] = node
        self.changed()

    def mkdir(self, path: str) -> None:
        self._call()
        self._add(path, Directory())

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        self._call()
        if flags & os.O_CREAT:
            self._add(path, File(links=1, changed=self.calls))
        descriptor = self.calls
        self._open[descriptor] = (path, self._node(path), [0])
        return descriptor

    def write(self, descriptor: int, data: memoryview) -> int:
        self._call()
        _, node, _ = self._open[descriptor]
        node.data += bytes(data[: len(data) // 2 + 1])  # a write may be short
        node.changed = self.calls
        self.changed()
        return len(data) // 2 + 1

    def fsync(self, descriptor: int) -> None:
        self._call()
        path, node, _ = self._open[descriptor]
        if self.forgets(path, node.data if isinstance(node, File) else b""):
            return
        if isinstance(node, File):
            node.synced = node.data
        else:
            node.synced = dict(node.names)
        self.changed()

    def close(self, descriptor: int) -> None:
        self._call()
        del self._open[descriptor]

    def link(self, source: str, target: str) -> None:
        self._call()
        node = self._node(source)
        self._add(target, node)
        node.links += 1

    def unlink(self, path: str) -> None:
        self._call()
        self._node(path).links -= 1
        del self._node(os.path.dirname(path)).names[os.path.basename(path)]
        self.changed()

    def rename(self, source: str, target: str) -> None:
        self._call()
        node = self._node(source)
        del self._node(os.path.dirname(source)).names[os.path.basename(source)]
        self._node(os.path.dirname(target)).names[os.path.basename(target)] = node
        self.changed()

    def read(self, descriptor: int, size: int) -> bytes:
        self._call()
        _, node, place = self._open[descriptor]
        place[0] += size
        return node.data[place[0] - size : place[0]]

    def listdir(self, path: str) -> list[str]:
        self._call()
        return list(self._node(path).names)

    def lstat(self, path: str) -> SimpleNamespace:
        self._call()
        node = self._node(path)
        return SimpleNamespace(
            st_mode=stat.S_IFREG if isinstance(node, File) else stat.S_IFDIR,
            st_nlink=node.links if isinstance(node, File) else 2,
            st_size=len(node.data) if isinstance(node, File) else 0,
            st_mtime=float(node.changed) if isinstance(node, File) else 0.0,
        )


def contents(node: File | Directory, path: str) -> Iterator[tuple[str, bytes]]:
    """Every path below a node, and what lies there."""
    if isinstance(node, File):
        yield path, node.data
    else:
        yield path, b""
        for name in sorted(node.names):
            yield from contents(node.names[name], f"{path}/{name}")


def synced(disk: Disk) -> Disk:
    """The same disk after a quiet minute."""
    for directory in [disk.root, *_directories(disk.root)]:
        directory.synced = dict(directory.names)
    return disk


def _directories(directory: Directory) -> Iterator[Directory]:
    for node in directory.names.values():
        if isinstance(node, Directory):
            yield node
            yield from _directories(node)
