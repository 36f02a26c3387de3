"""Is everything that was committed still what it was? Reads every byte, changes nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from transfer.errors import DamagedResults
from transfer.store.commits import Store
from transfer.store.damage import about
from transfer.store.keys import FAILURE_NAME, FOLDERS, INPUT_NAME, OBJECT_NAME, RECORD_NAME, STAGES, STUDY_NAME
from transfer.store.record import Record

Found = TypeVar("Found")

# What may lie where; the folders in the layout that hold folders have no files of their own.
_NAMES = {
    "studies": STUDY_NAME,
    "objects": OBJECT_NAME,
    "failures": FAILURE_NAME,
    "inputs": INPUT_NAME,
    **{f"records/{stage}": RECORD_NAME for stage in STAGES},
}


@dataclass(frozen=True)
class Verdict:
    """What a look at every file of a results folder has found."""

    records: int
    objects: int  # named by a record
    damaged: tuple[DamagedResults, ...]  # each names the object or record, and its task
    outdated: tuple[str, ...]  # tasks that read an object which has been made again since, and differs
    orphans: int  # objects that no record names: of attempts that lost or died; harmless
    temporaries: int  # files of attempts that are being made, or died; harmless
    unknown: tuple[str, ...]  # files that nobody here has written; never read

    @property
    def is_sound(self) -> bool:
        return not self.damaged and not self.outdated


def verify(store: Store) -> Verdict:
    """Compare every record with its own checksum, and every object, study, failure and input with its record."""
    damaged: list[DamagedResults] = []
    records = [record for look in _records(store) if (record := _tried(look, damaged))]
    roles = [(record, role) for record in records for role in record.objects]
    for look in [*_objects(store, roles), *_notes(store)]:
        _tried(look, damaged)
    named = {kept["key"].removeprefix("objects/") for record in records for kept in record.objects.values()}
    objects = filter(OBJECT_NAME.fullmatch, store.folder.names("objects"))
    return Verdict(
        records=len(records),
        objects=len(roles),
        damaged=tuple(damaged),
        outdated=tuple(_outdated(records)),
        orphans=sum(name not in named for name in objects),
        temporaries=len(store.folder.names("tmp")),
        unknown=tuple(_unknown(store)),
    )


def _tried(look: Callable[[], Found], damaged: list[DamagedResults]) -> Found | None:
    try:
        return look()
    except DamagedResults as error:
        damaged.append(error)
        return None


def _records(store: Store) -> Iterator[Callable[[], Record | None]]:
    for stage in STAGES:
        for name in store.folder.names(f"records/{stage}"):
            if match := RECORD_NAME.fullmatch(name):
                yield partial(store.record, stage, match[1])


def _objects(store: Store, roles: Iterable[tuple[Record, str]]) -> Iterator[Callable[[], Any]]:
    for record, role in roles:
        yield partial(store.fetch, record, role)


def _notes(store: Store) -> Iterator[Callable[[], Any]]:
    for area in ("studies", "failures"):
        for name in filter(_NAMES[area].fullmatch, store.folder.names(area)):
            yield partial(store.document, f"{area}/{name}")
    for match in filter(None, map(INPUT_NAME.fullmatch, store.folder.names("inputs"))):
        yield partial(store.kept, match[1], match[2] or "")


def _outdated(records: Iterable[Record]) -> Iterator[str]:
    """The tasks whose record names an input that is gone, or other bytes than the input has now."""
    made = {record.task: {kept["sha256"] for kept in record.objects.values()} for record in records}
    for record in records:
        for task, sha256 in record.inputs.items():
            if sha256 not in made.get(task, ()):
                what = about(record.stage, record.spec)
                yield f"task {record.task[:12]} ({what}) read an object of task {task[:12]} that is not there now"


def _unknown(store: Store) -> Iterator[str]:
    for area, pattern in _NAMES.items():
        for name in store.folder.names(area):
            if not pattern.fullmatch(name):
                yield f"{area}/{name}"
    for name in store.folder.names("records"):
        if f"records/{name}" not in FOLDERS:
            yield f"records/{name}"
