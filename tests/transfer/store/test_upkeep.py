import os
import random
from pathlib import Path

import pytest

from transfer.errors import DamagedResults
from transfer.store import Object
from transfer.store.upkeep import verify


@pytest.fixture
def finished(store, tasks, offer, tmp_path):
    """A store with something of every kind in it."""
    for task in tasks:
        offer(store, task)
    store.save_study({"study": "quickstart"})
    note = {"cause": "died", "message": "", "traceback": "", "seconds": 0.0}
    store.fail(tasks[0].id, "train", spec=tasks[0].spec(), attempt=1, **note)
    (tmp_path / "mine.py").write_text("def mine(): ...")
    store.keep(tmp_path / "mine.py")
    return store


def test_a_finished_study_is_sound(finished):
    verdict = verify(finished)
    assert verdict.is_sound
    assert (verdict.records, verdict.objects) == (4, 7)
    assert (verdict.orphans, verdict.temporaries, verdict.unknown) == (0, 0, ())


def test_every_flipped_bit_of_an_object_is_found_and_its_task_named(store, task, offer):
    """400 of 400: Parquet's own readers hand out most of them as other rows, without a word."""
    record = offer(store, task, objects={"trained": Object(random.Random(0).randbytes(17_336), "parquet")})
    path = store.fetch(record, "trained")
    whole = path.read_bytes()
    found = 0
    for bit in random.Random(1).sample(range(8 * len(whole)), 400):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with pytest.raises(DamagedResults):
            store.fetch(record, "trained")
        (error,) = verify(store).damaged
        found += f"error[R078]: task {task.id[:12]} (train mlp" in str(error)
    assert found == 400


def test_every_truncation_of_an_object_is_found(store, task, offer):
    record = offer(store, task, objects={"trained": Object(b"0123456789" * 20, "parquet")})
    path = store.fetch(record, "trained")
    for length in range(200):
        os.truncate(path, 199 - length)
        (error,) = verify(store).damaged
        assert f"is {199 - length:,} bytes, its record says 200" in str(error)


@pytest.mark.parametrize("area", ["studies", "records/train", "records/evaluate", "objects", "failures", "inputs"])
def test_a_changed_file_of_any_kind_is_found_and_everything_else_is_still_looked_at(finished, area):
    path = sorted((finished.location / area).iterdir())[0]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    verdict = verify(finished)
    (error,) = verdict.damaged
    assert not verdict.is_sound
    name = path.name if area != "objects" else path.name[:12]
    assert name in str(error)
    assert verdict.records == (3 if area.startswith("records") else 4)


def test_all_damage_is_named_at_once(finished):
    for path in (finished.location / "objects").iterdir():
        path.unlink()
    verdict = verify(finished)
    assert len(verdict.damaged) == verdict.objects == 7
    assert all("is missing" in str(error) for error in verdict.damaged)


def test_a_record_that_used_an_input_which_was_made_again_is_named(finished, tasks, offer):
    network, _, craft, tile = tasks
    (finished.location / f"records/train/{network.id}.json").unlink()
    missing = verify(finished)
    assert missing.damaged == ()
    assert [line[:17] for line in missing.outdated] == [f"task {craft.id[:12]}", f"task {tile.id[:12]}"]
    assert missing.orphans == 2
    offer(finished, network, "other bytes")
    assert len(verify(finished).outdated) == 2
    (finished.location / f"records/train/{network.id}.json").unlink()
    offer(finished, network)
    assert verify(finished).outdated == ()


def test_what_nobody_here_has_written_is_named_and_harmless(finished):
    foreign = ["objects/better.parquet", "records/train/x.json", "records/predict", "studies/draft.json"]
    for name in foreign:
        (finished.location / name).write_bytes(b"PAR1")
    (finished.location / "tmp" / "left over").write_bytes(b"")
    (finished.location / "report.html").write_bytes(b"")
    verdict = verify(finished)
    assert verdict.is_sound
    assert sorted(verdict.unknown) == sorted(foreign)
    assert verdict.temporaries == 1


def test_a_link_in_place_of_an_object_is_not_followed(finished, tmp_path):
    path = Path(sorted((finished.location / "objects").iterdir())[0])
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    (error,) = verify(finished).damaged
    assert str(error).startswith(f"error[R081]: {path}: symbolic links are not followed")


def test_a_document_that_is_no_mapping_is_damage(finished):
    (finished.location / "studies" / "0002.json").write_bytes(_sealed_list())
    (error,) = verify(finished).damaged
    assert "studies/0002.json: not a JSON object" in str(error)


def _sealed_list() -> bytes:
    return b"[]\n4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945\n"
