import os

import pytest

from transfer.errors import DamagedResults
from transfer.store.garbage import collect
from transfer.store.keys import object_key
from transfer.store.upkeep import verify

ATTEMPT = "f" * 32
WEEK = 7 * 86400.0


def orphan(store, task, age=0.0):
    """What an attempt leaves that died between its object and its record, so many seconds ago."""
    key = object_key(task.id, ATTEMPT, "parquet")
    store.place.create(key, b"rows")
    back = os.stat(store.location / key).st_mtime - age
    os.utime(store.location / key, (back, back))
    return store.location / key


def temporary(store, age=0.0):
    path = store.location / "tmp" / "left-over"
    path.write_bytes(b"")
    back = path.stat().st_mtime - age
    os.utime(path, (back, back))
    return path


def test_what_is_committed_stays(store, tasks, offer, digests):
    for task in tasks:
        offer(store, task)
    before = digests(store)
    done = collect(store, 0.0)
    assert (done.objects, done.young, done.restored) == (0, 0, 0)
    assert digests(store) == before and verify(store).is_sound


def test_what_no_record_names_goes_when_it_is_old_and_stays_while_it_is_young(store, tasks, offer):
    offer(store, tasks[0])
    old, young = orphan(store, tasks[0], WEEK + 5), orphan(store, tasks[1], WEEK - 60)
    done = collect(store, WEEK)
    assert (done.objects, done.bytes, done.young) == (1, 4, 1)
    assert not old.exists() and young.exists()
    assert collect(store, 0.0).objects == 1
    assert verify(store).orphans == 0 and verify(store).temporaries == 0


def test_temporaries_go_by_their_age_too(store):
    temporary(store, WEEK - 60)
    assert collect(store, WEEK).temporaries == 0
    temporary(store, WEEK + 5)
    assert collect(store, WEEK).temporaries == 1
    assert store.place.names("tmp") == []


def test_what_nobody_here_has_written_stays(store):
    for name in ("objects/better.parquet", "records/train/x.json"):
        (store.location / name).write_bytes(b"")
    collect(store, 0.0)
    assert len(verify(store).unknown) == 2


def test_nothing_is_collected_from_damaged_results(store, task, offer):
    offer(store, task)
    lost = orphan(store, task)
    path = store.location / f"records/train/{task.id}.json"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(DamagedResults, match="R077"):
        collect(store, 0.0)
    assert lost.exists()


def test_the_age_is_told_by_the_disk_and_not_by_this_machine(store, task, monkeypatch):
    """The clock of the machine is ten years ahead: nothing is older for it."""
    import time

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3e8)
    lost = orphan(store, task)
    assert collect(store, WEEK).young == 1 and lost.exists()


def test_a_collection_that_was_killed_half_way_is_put_right_by_the_next(store, task, offer):
    record = offer(store, task)
    for kept in record.objects.values():
        store.place.move(kept["key"], kept["key"].replace("objects/", "tmp/"))
    assert not verify(store).is_sound
    assert collect(store, WEEK).restored == 2
    assert verify(store).is_sound and verify(store).temporaries == 0


def test_garbage_in_a_bucket_goes_alike(remote, tasks, offer):
    offer(remote, tasks[0])
    remote.place.create(object_key(tasks[1].id, ATTEMPT, "parquet"), b"rows")
    assert collect(remote, 3600.0).young == 1
    done = collect(remote, 0.0)
    assert (done.objects, done.bytes) == (1, 4)
    verdict = verify(remote)
    assert (verdict.is_sound, verdict.orphans, verdict.temporaries) == (True, 0, 0)
