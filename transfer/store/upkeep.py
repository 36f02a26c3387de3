"""Is everything that was committed still what it was? Changes nothing."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from transfer.errors import DamagedResults
from transfer.store.commits import Store
from transfer.store.damage import about, damaged_input, damaged_object, difference
from transfer.store.keys import (
    ASIDE_NAME,
    DROPPED_NAME,
    FAILURE_NAME,
    FOLDERS,
    INPUT_NAME,
    OBJECT_NAME,
    RECORD_NAME,
    STAGES,
    STUDY_NAME,
    dropped_key,
    record_folder,
    record_key,
)
from transfer.store.record import Kept, Record

# What may lie where; the folders in the layout that hold folders have no files of their own.
_NAMES = {
    "studies": STUDY_NAME,
    "objects": OBJECT_NAME,
    "failures": FAILURE_NAME,
    "inputs": INPUT_NAME,
    "dropped": DROPPED_NAME,
    **{record_folder(stage): RECORD_NAME for stage in STAGES},
}


class Damage(NamedTuple):
    """What is wrong, and the document that `repair` takes out of sight for it."""

    key: str
    problem: DamagedResults


@dataclass(frozen=True)
class Verdict:
    """What a look at every file of some results has found."""

    readable: tuple[Record, ...]
    objects: int  # named by a record, and kept
    dropped: int  # pixels that a record names and that were let go
    bytes: int  # of those
    damage: tuple[Damage, ...]  # each names the object or document, and its task
    stale: tuple[tuple[Record, str], ...]  # that read an object of this task which has been made again, and differs
    orphans: int  # objects that no record names: of attempts that lost or died; harmless
    temporaries: int  # files of attempts that are being made, or died; harmless
    aside: int  # documents that `repair` has taken out of sight
    unknown: tuple[str, ...]  # files that nobody here has written; never read

    @property
    def records(self) -> int:
        return len(self.readable)

    @property
    def damaged(self) -> tuple[DamagedResults, ...]:
        return tuple(found.problem for found in self.damage)

    @property
    def outdated(self) -> tuple[str, ...]:
        """The tasks whose record names an input that is gone, or other bytes than the input has now, in words."""
        return tuple(
            f"task {record.task[:12]} ({about(record.stage, record.spec)}) read an object of task {task[:12]} "
            "that is not there now"
            for record, task in self.stale
        )

    @property
    def is_sound(self) -> bool:
        return not self.damage and not self.stale


def verify(store: Store, *, deep: bool = True) -> Verdict:
    """Compare records with their own checksums and objects with their records: their SHA-256, or only their sizes."""
    damage: list[Damage] = []
    records = [record for record in _looked_at(store, _records(store), damage) if record]
    sizes = store.place.sizes("objects")
    gone = set(_dropped(store, records, sizes))
    roles = [(record, kept) for record in records for kept in record.objects.values() if kept["key"] not in gone]
    _looked_at(store, [*_objects(store, roles, sizes, deep), *_notes(store, deep)], damage)
    named = {kept["key"].removeprefix("objects/") for _, kept in roles}
    others = [f"{area}/{name}" for area, name in _strangers(store)]
    return Verdict(
        readable=tuple(records),
        objects=len(roles),
        dropped=len(gone),
        bytes=sum(kept["bytes"] for _, kept in roles),
        damage=tuple(damage),
        stale=tuple(_stale(store, records)),
        orphans=sum(name not in named for name in sizes if OBJECT_NAME.fullmatch(name)),
        temporaries=len(store.place.names("tmp")),
        aside=sum(is_aside(name) for name in others),
        unknown=tuple(name for name in others if not is_aside(name)),
    )


def is_aside(name: str) -> bool:
    return ASIDE_NAME.fullmatch(name) is not None


Look = tuple[str, Callable[[], Any]]  # a look at something, and the document that answers for it


def _looked_at(store: Store, looks: Iterable[Look], damage: list[Damage]) -> list[Any]:
    def look(one: Look) -> Any:
        try:
            return one[1]()
        except DamagedResults as problem:
            return Damage(one[0], problem)

    asked = list(looks)  # what is to be looked at is listed first: nothing else goes on beside the looks
    with ThreadPoolExecutor(store.place.at_once) as pool:
        found = list(pool.map(look, asked))
    damage += [one for one in found if isinstance(one, Damage)]
    return [one for one in found if not isinstance(one, Damage)]


def _dropped(store: Store, records: Iterable[Record], sizes: dict[str, int]) -> Iterator[str]:
    """The keys of pixels that were let go, as a note says."""
    notes = {f"dropped/{name}" for name in store.place.names("dropped")}
    for record in records:
        kept = record.objects.get("images")
        is_noted = dropped_key(record.task, record.attempt) in notes
        if kept and is_noted and kept["key"].removeprefix("objects/") not in sizes:
            yield kept["key"]


def _records(store: Store) -> Iterator[Look]:
    for stage in STAGES:
        for match in filter(None, map(RECORD_NAME.fullmatch, store.place.names(record_folder(stage)))):
            yield record_key(stage, match[1]), partial(store.record, stage, match[1])


def _objects(store: Store, roles: Iterable[tuple[Record, Kept]], sizes: dict[str, int], deep: bool) -> Iterator[Look]:
    for record, kept in roles:
        look = partial(_reread, store) if deep else partial(_measured, store, sizes)
        yield record_key(record.stage, record.task), partial(look, record, kept)


def _reread(store: Store, record: Record, kept: Kept) -> None:
    """The bytes where they are kept, and not a copy of them on this machine."""
    try:
        problem = difference(store.place.measure(kept["key"]), kept["sha256"], kept["bytes"])
    except FileNotFoundError:
        problem = "is missing"
    if problem:
        raise damaged_object(store.place.where(kept["key"]), record, problem)


def _measured(store: Store, sizes: dict[str, int], record: Record, kept: Kept) -> None:
    size = sizes.get(kept["key"].removeprefix("objects/"))
    problem = "is missing" if size is None else difference((size, kept["sha256"]), kept["sha256"], kept["bytes"])
    if problem:
        raise damaged_object(store.place.where(kept["key"]), record, problem)


def _notes(store: Store, deep: bool) -> Iterator[Look]:
    for area in ("studies", "failures", "dropped"):
        for name in filter(_NAMES[area].fullmatch, store.place.names(area)):
            yield f"{area}/{name}", partial(store.document, f"{area}/{name}")
    for match in filter(None, map(INPUT_NAME.fullmatch, store.place.names("inputs") if deep else ())):
        yield f"inputs/{match[0]}", partial(_reread_input, store, f"inputs/{match[0]}", match[1])


def _reread_input(store: Store, key: str, sha256: str) -> None:
    if problem := difference(store.place.measure(key), sha256, None):
        raise damaged_input(store.place.where(key), problem)


def _stale(store: Store, records: Iterable[Record]) -> Iterator[tuple[Record, str]]:
    made = {record.task: _digests(record) for record in records}
    for record in records:
        for task, sha256 in record.inputs.items():
            if sha256 not in made.get(task, ()) and sha256 not in _made_now(store, task):
                yield record, task


def _made_now(store: Store, task: str) -> set[str]:
    """Looked at once more: beside a run at work, an input may be committed after its folder was listed."""
    try:
        return set().union(*(_digests(record) for stage in STAGES if (record := store.record(stage, task))))
    except DamagedResults:
        return set()


def _digests(record: Record) -> set[str]:
    return {kept["sha256"] for kept in record.objects.values()}


def _strangers(store: Store) -> Iterator[tuple[str, str]]:
    for area, pattern in _NAMES.items():
        for name in store.place.names(area):
            if not pattern.fullmatch(name):
                yield area, name
    for name in store.place.names("records"):
        if f"records/{name}" not in FOLDERS:
            yield "records", name
