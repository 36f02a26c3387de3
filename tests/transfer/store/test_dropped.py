"""Pixels that were let go are told from pixels that are lost, and come back only as what they were."""

import numpy as np
import pytest
from safetensors.numpy import save

from transfer.errors import DamagedResults
from transfer.store import Dropped, Object
from transfer.store.dropped import drop, put_back, sample
from transfer.store.upkeep import verify

IDS = np.arange(10, 20, dtype=np.int32)
PIXELS = np.random.default_rng(0).random((10, 1, 6, 6)).astype(np.float32)
FILE = save({"crafted": PIXELS, "image": IDS})


def craft_in(store, tasks, offer):
    """A study's tasks, of which the craft has ten images; its record."""
    made = {"images": Object(FILE, "safetensors"), "crafted": Object(b"rows", "parquet", 10)}
    records = [offer(store, task, **({"objects": made} if task.stage == "craft" else {})) for task in tasks]
    return records[2]


@pytest.fixture
def craft(store, tasks, offer):
    return craft_in(store, tasks, offer)


def path_of(store, record):
    return store.location / record.objects["images"]["key"]


@pytest.mark.parametrize("count", [0, 3])
def test_what_was_let_go_is_no_damage_and_nobody_is_handed_it(store, craft, count):
    before = verify(store)
    drop(store, craft, count)
    assert not path_of(store, craft).exists()
    with pytest.raises(Dropped):
        store.fetch(craft, "images")
    store.check(craft, "images")
    assert store.fetch(craft, "crafted").read_bytes() == b"rows"
    for deep in (True, False):
        after = verify(store, deep=deep)
        assert after.is_sound and not after.unknown and not after.orphans
        assert (after.dropped, after.objects, after.bytes) == (1, before.objects - 1, before.bytes - len(FILE))


def test_without_its_note_the_same_is_lost(store, craft):
    drop(store, craft, 0)
    (note,) = (store.location / "dropped").iterdir()
    note.unlink()
    with pytest.raises(DamagedResults, match=r"R078.*is missing"):
        store.fetch(craft, "images")
    assert not verify(store).is_sound


def test_a_flipped_bit_in_a_note_is_damage(store, craft):
    drop(store, craft, 2)
    (note,) = (store.location / "dropped").iterdir()
    note.chmod(0o644)
    note.write_bytes(note.read_bytes().replace(b'"images":[10', b'"images":[11'))
    assert any("R077" in str(problem) for problem in verify(store).damaged)


def test_the_first_images_stay_as_they_were_and_all_while_all_are_there(store, craft):
    assert sample(store, craft) is None
    drop(store, craft, 3)
    left = sample(store, craft)
    assert left.images == (10, 11, 12)
    assert np.array_equal(left.pixels, PIXELS[:3])


def test_a_drop_that_was_killed_before_it_removed_anything_goes_on(store, craft, monkeypatch):
    def killed(key):
        raise KeyboardInterrupt

    monkeypatch.setattr(store.place, "delete", killed)
    with pytest.raises(KeyboardInterrupt):
        drop(store, craft, 3)
    monkeypatch.undo()
    assert store.fetch(craft, "images").read_bytes() == FILE and verify(store).is_sound
    drop(store, craft, 3)
    drop(store, craft, 3)
    assert not path_of(store, craft).exists() and verify(store).dropped == 1


def test_made_again_it_is_what_it_was_or_is_refused(store, craft):
    drop(store, craft, 3)
    with pytest.raises(DamagedResults, match=r"R078.*made again here they .*begin anew with `keep: all`"):
        put_back(store, craft, FILE[:-4] + b"\0\0\0\0")
    assert not path_of(store, craft).exists()
    put_back(store, craft, FILE)
    assert store.fetch(craft, "images").read_bytes() == FILE
    assert sample(store, craft) is None and verify(store).dropped == 0
    drop(store, craft, 3)
    assert sample(store, craft).images == (10, 11, 12)


def test_an_attempt_that_comes_late_finds_the_craft_done(store, craft, tasks, offer):
    drop(store, craft, 0)
    assert offer(store, tasks[2], salt="late") == craft
    assert verify(store).is_sound and verify(store).dropped == 1


def test_a_bucket_lets_go_of_them_too(remote, tasks, offer):
    craft = craft_in(remote, tasks, offer)
    drop(remote, craft, 2)
    assert not remote.place.has(craft.objects["images"]["key"])
    assert sample(remote, craft).images == (10, 11)
    assert verify(remote).dropped == 1 and verify(remote).is_sound
    put_back(remote, craft, FILE)
    assert remote.fetch(craft, "images").read_bytes() == FILE and verify(remote).dropped == 0
