import errno
import itertools
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.transfer.store.disk import OneByOne
from transfer.errors import DamagedResults, EnvironmentProblem, TransferError
from transfer.store import Store
from transfer.store.folder import Folder
from transfer.store.keys import FOLDERS
from transfer.store.upkeep import verify


class Faulty:
    """The module `os`, one call of which fails: before it has done anything, or after it has done it all."""

    def __init__(self, number: int, error: int, is_done: bool, calls: tuple[str, ...] = ()) -> None:
        self.number, self.error, self.is_done, self.calls = number, error, is_done, calls
        self.passed = 0

    def __getattr__(self, name):
        real = getattr(os, name)

        def call(*arguments):
            self.passed += not self.calls or name in self.calls
            if self.passed != self.number or (self.calls and name not in self.calls):
                return real(*arguments)
            self.passed += 1
            if self.is_done:
                real(*arguments)
            raise OSError(self.error, os.strerror(self.error))

        return call


# Opening a store


def test_a_new_folder_gets_the_layout_and_an_old_one_keeps_what_it_has(tmp_path, task, offer):
    location = tmp_path / "results" / "of" / "today"
    record = offer(Store.open(location), task)
    assert {str(path.relative_to(location)) for path in location.rglob("*") if path.is_dir()} == set(FOLDERS)
    assert Store.open(location).record("train", task.id) == record
    assert Store.open(str(location)).records() == [record]


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"")
    Store.open(tmp_path)
    assert (tmp_path / "objects").is_dir()


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    for writing in (True, False):
        with pytest.raises(TransferError, match=r"error\[R074\].*not a results folder") as caught:
            Store.open(tmp_path, writing=writing)
        assert caught.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_results_folder(tmp_path):
    (tmp_path / "results").write_text("")
    for writing in (True, False):
        with pytest.raises(TransferError, match=r"error\[R074\].*is a file"):
            Store.open(tmp_path / "results", writing=writing)


def test_a_folder_that_is_not_there_is_made_for_writing_only(tmp_path):
    with pytest.raises(TransferError, match=r"error\[R074\].*no such results folder"):
        Store.open(tmp_path / "results", writing=False)
    assert not (tmp_path / "results").exists()


def test_derived_files_beside_the_layout_are_welcome(store):
    (store.location / "heatmap.png").write_bytes(b"")
    Store.open(store.location)


@pytest.mark.parametrize(
    "location", ["gs://bucket/results", "https://host/results", "s3://", "s3://B/x", "s3://abc/../x"]
)
def test_what_is_neither_a_folder_nor_a_bucket_is_not_taken_for_a_folder(location, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TransferError, match=r"error\[R075\]"):
        Store.open(location)
    assert list(tmp_path.iterdir()) == []


def test_credentials_in_a_location_are_refused_and_not_repeated():
    with pytest.raises(TransferError, match=r"error\[S039\].*AWS credential chain") as caught:
        Store.open("s3://AKIA:secret@bucket/results")
    assert "secret" not in str(caught.value)


def test_a_file_system_without_links_is_refused_before_anything_is_trained(tmp_path):
    folder = Folder(tmp_path, Faulty(1, errno.EPERM, is_done=False, calls=("link",)))
    with pytest.raises(EnvironmentProblem, match=r"error\[R075\].* must have hard links"):
        folder.prepare()
    assert os.listdir(tmp_path / "tmp") == []


@pytest.mark.parametrize("name", ["objects", "records", "records/train", "inputs"])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(store, tmp_path, name):
    shutil.move(store.location / name, tmp_path / "elsewhere")
    (store.location / name).symlink_to(tmp_path / "elsewhere")
    for writing in (True, False):
        with pytest.raises(DamagedResults, match=rf"error\[R081\].*{name}: symbolic links are not followed"):
            Store.open(store.location, writing=writing)


def test_a_link_to_the_whole_folder_is_a_persons_own_affair(store, task, offer, tmp_path):
    record = offer(store, task)
    (tmp_path / "latest").symlink_to(store.location)
    assert Store.open(tmp_path / "latest").records() == [record]


# Writing


def test_the_first_to_create_a_file_keeps_it(store):
    assert store.place.create("objects/a", b"first")
    assert not store.place.create("objects/a", b"second")
    assert store.place.read("objects/a") == b"first"
    assert os.listdir(store.location / "tmp") == []


def test_permissions_are_those_of_the_persons_umask(tmp_path, task, offer):
    before = os.umask(0o027)
    try:
        store = Store.open(tmp_path / "results")
        offer(store, task)
    finally:
        os.umask(before)
    for path in store.location.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o750 if path.is_dir() else 0o640)


def test_a_link_that_nfs_has_made_and_reports_as_failed_is_ours(store, task, offer):
    for number, error in itertools.product((1, 2, 3), (errno.EEXIST, errno.ETIMEDOUT, errno.EIO)):
        folder = store.location.parent / f"{number}-{error}"
        Store.open(folder)
        faulty = Store(Folder(folder, Faulty(number, error, is_done=True, calls=("link",))))
        record = offer(faulty, task)
        assert record.pid == os.getpid()
        assert faulty.record("train", task.id) == record
        assert verify(Store.open(folder)).is_sound


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("is_done", [False, True], ids=["undone", "done"])
def test_an_error_of_any_call_leaves_a_store_that_the_next_run_completes(
    fast_folder, tasks, offer, digests, error, is_done
):
    """The failure is moved on, call by call, until the commit gets through: no call is left out."""
    network, _, craft, _ = tasks
    undisturbed = Store.open(fast_folder / "undisturbed")
    offer(undisturbed, network)
    offer(undisturbed, craft)
    for number in itertools.count(1):
        folder = fast_folder / str(number)
        offer(Store.open(folder), network)
        system = Faulty(number, error, is_done)
        try:
            offer(Store(OneByOne(folder, system)), craft)
        except EnvironmentProblem as problem:
            assert "error[R075]" in str(problem)
            assert os.strerror(error) in str(problem)
        assert verify(Store.open(folder, writing=False)).damaged == ()
        resumed = Store.open(folder)
        offer(resumed, craft)
        assert digests(resumed) == digests(undisturbed)
        shutil.rmtree(folder)
        if system.passed < number:
            break
    assert number > 25


# A disk that is full, has no room for one more file, or may only be read; needs leave to mount in a namespace.
MOUNTED = """
import sys, pathlib
from transfer.errors import TransferError
from transfer.identity import digest
from transfer.store import Object, Store
from transfer.store.upkeep import verify

task, location, size = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])

def offer(store, seed, size):
    spec = {"stage": "train", "seed": seed}
    objects = {"weights": Object(b"w" * size, "safetensors")}
    return store.commit(digest(spec), "train", spec=spec, inputs={}, objects=objects, provenance={}, seconds=0.0)

if task == "fill":
    store = Store.open(location)
    for seed in range(100):
        try:
            offer(store, seed, size)
        except TransferError as error:
            print(error, error.exit_code)
            break
    verdict = verify(store)
    print(verdict.records == seed, verdict.is_sound, verdict.orphans, verdict.temporaries)
if task == "look":
    store = Store.open(location, writing=False)
    print(len(store.records()), store.fetch(store.records()[0], "weights").stat().st_size, verify(store).is_sound)
    try:
        Store.open(location)
    except TransferError as error:
        print(error, error.exit_code)
"""


@pytest.fixture
def mounted(tmp_path):
    """Run MOUNTED on a small disk of its own; what it printed."""

    def mounted(options: str, *steps: str) -> list[str]:
        (tmp_path / "disk").mkdir(exist_ok=True)
        commands = [f"mount -t tmpfs -o {options} tmpfs {tmp_path}/disk"]
        for step in steps:
            is_mount = step.startswith("mount")
            commands.append(step.format(disk=tmp_path / "disk") if is_mount else f'"$0" -c "$1" {step}')
        script = " && ".join(commands).replace("DISK", f"{tmp_path}/disk/results")
        command = ["unshare", "-rm", "sh", "-c", script, sys.executable, MOUNTED]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", tmp_path], check=False).returncode:
        pytest.skip("no leave to mount a file system in a namespace of one's own")
    return mounted


def test_a_full_disk_is_told_with_the_room_that_is_left_and_nothing_half_written(mounted):
    problem, verdict = mounted("size=1m", "fill DISK 150000")
    assert problem.startswith("error[R075]: cannot write in ")
    assert "No space left on device (" in problem
    assert re.search(
        r"inodes free, 150,\d\d\d bytes needed for what is to be kept next\)\. What is committed stays", problem
    )
    assert problem.endswith(" 4")
    assert verdict == "True True 0 0"


def test_a_disk_without_inodes_says_so(mounted):
    problem, verdict = mounted("size=1m,nr_inodes=20", "fill DISK 10")
    assert re.search(r"No space left on device \([0-9,]{6,} bytes and [01] inodes free, \d+ bytes needed", problem)
    assert verdict == "True True 0 0"


def test_a_folder_that_may_only_be_read_is_read_and_refused_for_writing_at_once(mounted):
    lines = mounted("size=1m", "fill DISK 150000", "mount -o remount,ro {disk}", "look DISK 0")
    assert lines[2].endswith(" 150000 True")
    assert "error[R075]: cannot write in " in lines[3]
    assert "Read-only file system" in lines[3]
    assert lines[3].endswith(" 4")


# Reading


def test_a_pipe_in_place_of_a_record_is_damage_and_not_waited_for(store, task):
    os.mkfifo(store.location / f"records/train/{task.id}.json")
    with pytest.raises(DamagedResults, match="R077"):
        store.record("train", task.id)


def test_a_directory_in_place_of_a_record_is_a_problem_in_one_line(store, task):
    (store.location / f"records/train/{task.id}.json").mkdir()
    with pytest.raises(EnvironmentProblem, match=rf"error\[R075\]: cannot read .*{task.id}.json: Is a directory"):
        store.record("train", task.id)


def test_a_long_file_is_read_and_measured_whole(store):
    data = os.urandom(2_500_000)
    store.place.create("objects/long", data)
    assert store.place.read("objects/long") == data
    assert store.place.measure("objects/long")[0] == 2_500_000


def test_an_older_folder_that_lacks_a_part_of_the_layout_is_read(store, task, offer):
    record = offer(store, task)
    shutil.rmtree(store.location / "records" / "probe")
    shutil.rmtree(store.location / "tmp")
    assert Store.open(store.location, writing=False).records() == [record]
    assert Path(store.location / "objects").is_dir()
