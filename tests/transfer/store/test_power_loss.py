"""The commit protocol on a disk that forgets, when power is lost, whatever was not synced.

The disk is a model and stands in for the module `os`; the protocol that runs on it is the real one. After
every change to the disk, each state that a loss of power may leave is made: an unsynced name is there or not,
unsynced data are there, torn, or not. In each of them a new process must find no torn record and no record
without its objects, must find every task that was reported done, and must be able to finish the study.
"""

import errno
import itertools
import os
import re
import stat
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from transfer.errors import DamagedResults
from transfer.store import Object, Store
from transfer.store.folder import Folder

ROOT = Path("/results")


class Died(BaseException):
    """The process ends here; nothing that it would have done afterwards happens."""


@dataclass
class File:
    data: bytes = b""
    synced: bytes = b""
    links: int = 0

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
            self._add(path, File(links=1))
        descriptor = self.calls
        self._open[descriptor] = (path, self._node(path), [0])
        return descriptor

    def write(self, descriptor: int, data: memoryview) -> int:
        self._call()
        _, node, _ = self._open[descriptor]
        node.data += bytes(data[: len(data) // 2 + 1])  # a write may be short
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
        )


def started(disk: Disk) -> Store:
    """A new process opens the results on this disk."""
    folder = Folder(ROOT, disk)
    folder.prepare()
    return Store(folder)


class Study:
    """A run of a few tasks on a disk, and what a loss of power would leave of it at any moment."""

    def __init__(self, tasks, offer) -> None:
        self.tasks, self.offer = tasks, offer
        self.done: set[str] = set()  # reported to the driver
        self.moments = 0
        self.states = 0
        self._seen: set[tuple] = set()
        self.problems: list[str] = []

    def run(self, store: Store) -> None:
        for task in self.tasks:
            # As a driver does: what has a record is done, and is not offered again.
            if not store.record(task.stage, task.id):
                self.offer(store, task)
            self.done.add(task.id)

    def lose_power(self, disk: Disk) -> None:
        self.moments += 1
        for left in disk.root.outcomes():
            state = (frozenset(self.done), *_contents(left, ""))
            if state not in self._seen and not self.problems:
                self._seen.add(state)
                self.states += 1
                if problem := self._problem(deepcopy(left)):
                    self.problems.append(problem)

    def _problem(self, left: Directory) -> str:
        try:
            store = started(Disk(left))
            for record in store.records():
                for role in record.objects:
                    store.fetch(record, role)
            if lost := self.done - {record.task for record in store.records()}:
                return f"reported done and lost: {lost}"
            for task in self.tasks:
                record = self.offer(store, task)
                for role in record.objects:
                    store.fetch(record, role)
        except DamagedResults as error:
            return str(error)
        return ""


def _contents(node: File | Directory, path: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(node, File):
        yield path, node.data
    else:
        yield path, b""
        for name in sorted(node.names):
            yield from _contents(node.names[name], f"{path}/{name}")


@pytest.fixture
def study(tasks, offer) -> Study:
    return Study([tasks[0], tasks[2]], offer)  # a network and a craft on it


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


def test_no_loss_of_power_tears_or_loses_a_commit(study):
    disk = Disk(Directory())
    store = started(disk)
    disk.changed = lambda: study.lose_power(disk)
    study.run(store)
    assert study.problems == []
    assert study.moments > 50
    assert study.states > 2 * 3  # each of the six files in turn; the protocol never leaves two things open
    print(f"\n{study.moments} moments of a loss of power, {study.states} states that differ: no problem")


def test_no_loss_of_power_while_a_folder_is_made_harms_it(study):
    disk = Disk(Directory())
    disk.changed = lambda: study.lose_power(disk)
    started(disk)
    assert study.problems == []
    disk.changed = lambda: None
    study.run(started(disk))
    study.lose_power(disk)
    assert study.problems == []


MUTANTS = {
    "objects' data": (
        lambda path, data: "/tmp/" in path and not data.startswith(b'{"attempt"'),
        r"R078.* bytes, its record says 4,000",
    ),
    "objects' names": (lambda path, data: path.endswith("/objects"), r"R078.* is missing"),
    "records' data": (
        lambda path, data: "/tmp/" in path and data.startswith(b'{"attempt"'),
        r"R077.*checksum mismatch",
    ),
    "records' names": (lambda path, data: "/records/" in path, r"reported done and lost"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_of_the_four_fsyncs_is_needed(study, name):
    """With any one of them removed, some state after a loss of power is wrong: the states can tell."""
    disk = Disk(Directory())
    store = started(disk)
    disk.forgets, harm = MUTANTS[name]
    disk.changed = lambda: study.lose_power(disk)
    study.run(store)
    study.lose_power(disk)
    assert study.problems
    assert re.search(harm, study.problems[0])
    print(f"\nwithout syncing {name}: state {study.states} is wrong: {study.problems[0][:60]} ...")


@pytest.mark.parametrize("missing", ["", "studies", "records", "objects", "records/train"])
def test_a_new_folder_is_synced_into_the_one_around_it(study, missing):
    """The mutant forgets to sync the names in one folder while the layout is made."""
    target = str(ROOT / missing).rstrip("/")
    parent = os.path.dirname(target)
    disk = Disk(Directory(), forgets=lambda path, data: path == parent)
    study.run(started(disk))
    study.lose_power(disk)
    assert study.problems


def test_what_a_dead_process_left_visible_is_durable_before_it_counts(study):
    """The process ends at every call in turn; the next one finishes; only then is power lost."""
    del study.tasks[1:]
    total = _calls(study)
    for call in range(1, total + 1):
        disk = Disk(Directory())
        disk.dies_at = call
        with pytest.raises(Died):
            study.run(started(disk))
        study.done.clear()
        disk.dies_at = -1
        study.run(started(disk))
        study.lose_power(disk)
        assert study.problems == [], f"after call {call}"
    assert study.states >= total
    print(f"\n{total} of {total} calls of the system at which the process ended: completed by the next")


def test_a_record_of_another_process_is_durable_before_it_is_reported_done(study, offer):
    """Both run; the first dies between making its record visible and syncing it; then power is lost."""
    disk = synced(Disk(Directory()))
    first, second = started(disk), started(disk)
    task = study.tasks[0]
    disk.forgets = lambda path, data: "/records/" in path
    offer(first, task)
    disk.forgets = lambda path, data: False
    offer(second, task)
    study.done = {task.id}
    study.lose_power(disk)
    assert study.problems == []


def test_a_rival_may_commit_the_same_task_at_any_moment_in_between(study, offer):
    """Before every call of the first process in turn, the second makes the whole commit, with other bytes."""
    task = study.tasks[0]
    del study.tasks[1:]
    of_first, of_rival = ({"trained": Object(data * 100, "parquet")} for data in (b"first", b"rival"))
    lost = 0
    for moment in itertools.count(1):
        disk = Disk(Directory())
        first, second = started(disk), started(disk)
        disk.interrupted_at = disk.calls + moment
        study.done.clear()

        def rival(second=second, disk=disk):
            disk.changed = lambda: study.lose_power(disk)  # before this it is a commit like any other
            study.done |= {offer(second, task, objects=of_rival, provenance={"by": "rival"}).task}

        disk.interrupt = rival
        won = offer(first, task, objects=of_first, provenance={"by": "first"})
        if not study.done:
            break  # the first was through before its rival's turn came
        assert first.record("train", task.id) == offer(second, task) == won
        assert sorted(disk.listdir(f"{ROOT}/objects")) == sorted(
            kept["key"].removeprefix("objects/") for kept in won.objects.values()
        )
        lost += won.provenance == {"by": "rival"}
        assert study.problems == [], f"before call {moment}"
    assert 0 < lost < moment - 1
    print(f"\n{moment - 1} moments at which a rival committed: {lost} won by the rival")


def _calls(study: Study) -> int:
    disk = Disk(Directory())
    study.run(started(disk))
    return disk.calls
