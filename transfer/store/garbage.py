"""Removes what attempts that lost or died have left, and nothing that an attempt may still commit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transfer.store.commits import Store
from transfer.store.keys import OBJECT_NAME, RECORD_NAME, STAGES, record_folder

DAYS = 7.0  # no attempt is that slow between writing its objects and making its record


@dataclass(frozen=True)
class Collected:
    """What one collection has removed, and what it left alone."""

    objects: int
    bytes: int  # of those
    temporaries: int
    young: int  # objects that no record names yet
    restored: int  # objects whose record was made while they were looked at


def collect(store: Store, least: float) -> Collected:
    """Remove objects that no record names, and temporaries, that are at least so many seconds old by the storage.

    What is younger may belong to an attempt at work. Should one sleep longer than that and then make its record, it
    loses nothing: an object is first moved out of the way, then its record is looked for once more, and a writer
    whose record is made puts back what it does not find. Raises DamagedResults where a record cannot be read.
    """
    place = store.place
    restored = _restore(store)  # what an earlier collection was killed over
    ages = {name: age for name, age in place.ages("objects").items() if OBJECT_NAME.fullmatch(name)}
    sizes = place.sizes("objects")
    orphans = ages.keys() - _named(store, ages)  # records are read after objects: whoever was faster has his record
    old = sorted(name for name in orphans if ages[name] >= least)
    moved = list(_moved(store, old))
    restored += _restore(store)
    gone = [name for name in moved if not place.has(f"objects/{name}")]
    for name in gone:
        place.delete(f"tmp/{name}")
    return Collected(
        objects=len(gone),
        bytes=sum(sizes.get(name, 0) for name in gone),
        temporaries=place.sweep(least),
        young=len(orphans) - len(old),
        restored=restored,
    )


def _moved(store: Store, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            store.place.move(f"objects/{name}", f"tmp/{name}")
        except FileNotFoundError:
            continue  # its own attempt has removed it
        yield name


def _restore(store: Store) -> int:
    """Put back what lies among the temporaries and is named by a record."""
    aside = {name for name in store.place.names("tmp") if OBJECT_NAME.fullmatch(name)}
    named = sorted(aside & _named(store, aside))
    for name in named:
        # Made anew and not moved: a loss of power on the way could leave it in neither place.
        store.place.create(f"objects/{name}", store.place.read(f"tmp/{name}"))
        store.place.delete(f"tmp/{name}")
    return len(named)


def _named(store: Store, objects: Iterable[str]) -> set[str]:
    """The names of all objects that the records of some objects' tasks name."""
    tasks = {name.partition("-")[0] for name in objects}
    found = set()
    for stage in STAGES:
        names = store.place.names(record_folder(stage)) if tasks else ()
        for match in filter(None, map(RECORD_NAME.fullmatch, names)):
            if match[1] in tasks and (record := store.record(stage, match[1])):
                found |= {kept["key"].removeprefix("objects/") for kept in record.objects.values()}
    return found
