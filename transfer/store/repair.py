"""Puts back to work what can no longer be believed: the only thing that ever takes a decision back."""

from collections.abc import Sequence
from dataclasses import dataclass

from transfer.store.commits import Store
from transfer.store.keys import ASIDE_NAME, RECORD_NAME, aside_key, record_key
from transfer.store.record import Record
from transfer.store.upkeep import Verdict


@dataclass(frozen=True)
class Repaired:
    """What was set aside: the next run makes it again."""

    damaged: tuple[str, ...]  # documents that have changed, or whose objects have
    outdated: tuple[str, ...]  # records of tasks that read what has been made again since, and differs
    dependent: tuple[str, ...]  # records of tasks that were made from any of those


def repair(store: Store, verdict: Verdict) -> Repaired:
    """Set aside what `verify` has found damaged or outdated, and whatever was made from it.

    A record moves to `<task>.json.damaged-<n>` and its objects are left to `collect-garbage`. What was made from a
    damaged object goes too: made again it may have other bytes, and nobody knows before it is made.
    """
    damaged = tuple(dict.fromkeys(found.key for found in verdict.damage))
    outdated = tuple(dict.fromkeys(_key(record) for record, _ in verdict.stale))
    outdated = tuple(key for key in outdated if key not in damaged)
    dependent = tuple(_made_from(verdict.readable, {*damaged, *outdated}))
    # What was made from another goes first: if this ends half way, the rest is still known to be wrong.
    for key in (*reversed(dependent), *outdated, *damaged):
        _set_aside(store, key)
    return Repaired(damaged, outdated, dependent)


def _made_from(records: Sequence[Record], keys: set[str]) -> list[str]:
    """The records of all tasks that were made from those of some records, directly or over others."""
    lost = {match[1] for match in map(RECORD_NAME.fullmatch, (key.rpartition("/")[2] for key in keys)) if match}
    found: list[str] = []
    while more := [one for one in records if one.task not in lost and not lost.isdisjoint(one.inputs)]:
        found += map(_key, more)
        lost.update(one.task for one in more)
    return found


def _key(record: Record) -> str:
    return record_key(record.stage, record.task)


def _set_aside(store: Store, key: str) -> None:
    area, _, name = key.rpartition("/")
    before = [match for match in map(ASIDE_NAME.fullmatch, store.place.names(area)) if match and match[1] == name]
    number = 1 + max((int(match[2]) for match in before), default=0)
    store.place.move(key, aside_key(key, number))
    store.place.settle(key)
