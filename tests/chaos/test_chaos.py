"""A short form of `make chaos`, and that it tells an equal run from one that is not."""

import subprocess
import sys

import pytest

from tests.chaos.runs import ROOT, NotAsPlanned, Scene, differences
from tests.jobs.steps import digests, perform, study
from transfer.identity import digest
from transfer.store import Store

FAULTS = ("sigkill", "killed_after_its_record", "driver_sigterm")


def done(folder, leave=0):
    """A study without its last tasks."""
    store = Store.open(folder)
    tasks = study()
    for task in tasks[: len(tasks) - leave]:
        perform(task, store)
    return store


@pytest.fixture
def undisturbed(tmp_path):
    return done(tmp_path / "undisturbed")


def test_two_runs_of_a_study_are_equal(undisturbed, tmp_path):
    assert not differences(undisturbed, done(tmp_path / "results"))


def test_a_task_that_was_not_done_is_told(undisturbed, tmp_path):
    missing = digests(undisturbed).keys() - digests(done(tmp_path / "results", leave=1)).keys()
    assert differences(undisturbed, Store.open(tmp_path / "results")) == [f"missing: {task}" for task in missing]


def test_a_task_that_nobody_asked_for_is_told(undisturbed, tmp_path):
    done(tmp_path / "results")
    told = differences(done(tmp_path / "less", leave=1), Store.open(tmp_path / "results"))
    assert len(told) == 1 and told[0].startswith("not asked for: ")


def test_a_square_that_two_records_cover_is_told(undisturbed, tmp_path):
    store = done(tmp_path / "results")
    for targets in (["t1"], ["t1", "t2"]):
        spec = {"crafts": ["c1"], "targets": targets}
        store.commit(digest(spec), "evaluate", spec=spec, inputs={}, objects={}, provenance={}, seconds=0.0)
    assert "2 times: ('c1', 't1')" in differences(undisturbed, store)


def test_a_flipped_bit_is_told(undisturbed, tmp_path):
    store = done(tmp_path / "results")
    path = store.fetch(store.records("craft")[0], "made")
    path.chmod(0o644)
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    (told,) = differences(undisturbed, store)
    assert "R078" in told


def test_what_an_attempt_left_behind_is_collected_and_is_no_difference(undisturbed, tmp_path):
    store = done(tmp_path / "results")
    (tmp_path / "results" / "objects" / f"{'a' * 32}-{'b' * 32}.parquet").write_bytes(b"half")
    (tmp_path / "results" / "tmp" / ("c" * 32)).write_bytes(b"half")
    assert not differences(undisturbed, store)


def test_a_fault_that_did_not_strike_is_a_failure(tmp_path):
    scene = Scene(tmp_path, "nothing")
    scene.plan("craft", "kill")
    driver = scene.begin(command=[sys.executable, "-c", "pass"])
    with pytest.raises(NotAsPlanned, match="did not strike"):
        scene.struck(driver)


@pytest.mark.long
def test_three_faults_strike_and_leave_what_an_undisturbed_run_leaves():
    words = [word for name in FAULTS for word in ("--only", name)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *words], cwd=ROOT, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "3 faults, 3 runs equal"
