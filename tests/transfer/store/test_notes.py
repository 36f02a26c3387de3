import hashlib
import os

import pytest

from transfer.errors import DamagedResults, TransferError
from transfer.store import Store

STUDY = {"study": "quickstart", "version": 1, "models": [{"name": "mlp"}]}


def test_a_changed_study_is_a_new_entry_and_an_unchanged_one_is_not(store):
    assert store.study() is None
    assert store.save_study(STUDY) == 1
    assert store.save_study(dict(reversed(STUDY.items()))) == 1
    longer = STUDY | {"models": [{"name": "mlp"}, {"name": "lenet"}]}
    assert store.save_study(longer) == 2
    assert store.study() == longer
    assert store.save_study(STUDY) == 3  # the highest number is current, so going back is an entry too
    assert store.studies() == [STUDY, longer, STUDY]
    assert sorted(os.listdir(store.location / "studies")) == ["0001.json", "0002.json", "0003.json"]


def test_the_tenth_thousandth_study_is_later_than_the_ninth(store):
    for number in (2, 9_999):
        store.place.create(f"studies/{number:04}.json", (store.save_study(STUDY), _text(store))[1])
    assert store.save_study(STUDY | {"version": 2}) == 10_000
    assert store.study() == STUDY | {"version": 2}


def test_a_folder_belongs_to_one_study(store):
    store.save_study(STUDY)
    with pytest.raises(TransferError, match=r"error\[R073\].* belongs to study 'quickstart', this file is 'szegedy'"):
        store.save_study(STUDY | {"study": "szegedy"})
    assert store.studies() == [STUDY]


def test_drivers_that_start_together_take_different_numbers(fast_folder):
    Store.open(fast_folder)
    children = []
    for version in range(6):
        if pid := os.fork():
            children.append(pid)
            continue
        try:
            Store.open(fast_folder).save_study(STUDY | {"version": version})
            os._exit(0)
        finally:
            os._exit(1)
    assert all(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 for pid in children)
    saved = Store.open(fast_folder, writing=False).studies()
    assert sorted(study["version"] for study in saved) == list(range(6))


def test_a_damaged_study_is_named(store):
    store.save_study(STUDY)
    path = store.location / "studies" / "0001.json"
    path.write_bytes(path.read_bytes().replace(b"mlp", b"mlq"))
    with pytest.raises(DamagedResults, match=r"error\[R077\].*studies/0001.json: checksum mismatch"):
        store.study()


def test_every_failed_attempt_is_noted_and_none_is_a_decision(store, task, offer):
    for attempt in (1, 2, 1):
        store.fail(
            task.id,
            "train",
            spec=task.spec(),
            attempt=attempt,
            cause="died",
            message="an image called \udce9.png is no text",
            traceback="Traceback ...",
            seconds=2.5,
        )
    failures = store.failures()
    assert [failure["attempt"] for failure in failures] == [1, 1, 2]
    assert {failure["task"] for failure in failures} == {task.id}
    assert failures[0]["message"] == "an image called ?.png is no text"
    assert failures[0]["spec"]["architecture"]["name"] == "mlp"
    assert store.record("train", task.id) is None
    offer(store, task)
    assert len(store.failures()) == 3


def test_a_file_of_ones_own_is_kept_once_under_its_digest(store, tmp_path):
    path = tmp_path / "my attack, été.py"
    path.write_bytes(b"def mine(model, images, labels, *, epsilon): ...")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert store.keep(path) == store.keep(path) == sha256
    assert os.listdir(store.location / "inputs") == [f"{sha256}.py"]
    kept = store.kept(sha256, ".py")
    assert kept == store.kept(sha256, "py")
    assert kept.read_bytes() == path.read_bytes()


def test_a_file_without_a_suffix_is_kept_too(store, tmp_path):
    (tmp_path / "weights").write_bytes(b"0")
    assert store.kept(store.keep(tmp_path / "weights"), "").read_bytes() == b"0"


def test_a_kept_file_that_has_changed_or_gone_is_never_handed_out(store, tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"weights")
    sha256 = store.keep(path)
    kept = store.kept(sha256, "safetensors")
    kept.write_bytes(b"heights")
    with pytest.raises(DamagedResults, match=r"error\[R078\].*has the SHA-256 .*, its record says "):
        store.kept(sha256, "safetensors")
    kept.unlink()
    with pytest.raises(DamagedResults, match=r"error\[R078\].*is missing"):
        store.kept(sha256, "safetensors")


def _text(store: Store) -> bytes:
    return (store.location / "studies" / "0001.json").read_bytes()
