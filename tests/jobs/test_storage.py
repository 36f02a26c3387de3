"""A whole small study in S3, on disks that are full or may only be read, and what looks after results."""

import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO

import pytest

from jobs import cli
from tests.jobs.test_run_study import ROOT, TASKS, TINY, digests, environment, here, records
from tests.transfer.store.conftest import location, server, way
from transfer.store import Store

__all__ = ["here", "location", "server", "way"]  # fixtures


@pytest.fixture
def told(here):
    """What a command says, and how it ends."""

    def told(*words):
        code, out, err = here(*words)
        return code, out + err

    return told


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.fixture(scope="module")
def finished(study):
    """The folder of a run that nothing has disturbed, and the table it has shown."""
    folder, shown = study.parent / "results", StringIO()
    with redirect_stdout(shown), pytest.raises(SystemExit) as ended:
        cli.main(["run", str(study), "--results", str(folder), "--serial"])
    assert ended.value.code == 0
    return folder, shown.getvalue()


@pytest.fixture
def results(finished, tmp_path):
    return shutil.copytree(finished[0], tmp_path / "results")


@pytest.mark.long
def test_a_study_in_s3_has_the_digests_and_the_answers_of_one_in_a_folder(
    here, told, study, finished, location, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code, out, said = here("run", study, "--results", location, "--serial")
    assert code == 0, said
    assert f"{TASKS} tasks done" in said and location in said
    folder, matrix = finished
    assert out == matrix
    assert digests(location) == digests(folder) and len(digests(location)) == TASKS
    rows = sum(record.objects["predictions"]["rows"] for record in Store.open(folder).records("evaluate"))
    assert str(rows) in here("sql", location, "select count(*) from predictions", "--format", "csv")[1]
    assert told("verify", location, "--deep") == (0, told("verify", folder, "--deep")[1].replace(str(folder), location))
    assert "everything is found done" in told("run", study, "--results", location, "--serial")[1]
    assert (
        told("status", location, "--no-audits")[1].replace(location, str(folder))
        == told("status", folder, "--no-audits")[1]
    )


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 16
    path.write_bytes(raw)


def test_damage_is_found_repaired_and_made_again_with_the_digests_it_had(told, study, finished, results):
    record = Store.open(results, writing=False).records("train")[0]
    flip(results / record.objects["weights"]["key"])
    assert told("verify", results)[0] == 0  # its size is right
    code, said = told("verify", results, "--deep")
    assert code == 5
    assert f"error[R078]: task {record.task[:12]} (train " in said
    assert f"1 damaged, 0 outdated. `transfer repair {results}` sets them aside" in said
    code, said = told("repair", results)
    assert code == 0 and f"set aside: records/train/{record.task}.json" in said
    assert "Run the study again: they are made anew." in said
    assert told("verify", results, "--deep")[0] == 0
    assert told("run", study, "--results", results, "--serial")[0] == 0
    assert digests(results) == digests(finished[0])
    assert told("repair", results)[1].endswith("nothing is damaged; nothing was changed.\n")


def test_garbage_goes_and_results_stay(told, results):
    before = records(results)
    orphan = results / "objects" / f"{'0' * 32}-{'f' * 32}.parquet"
    orphan.write_bytes(b"rows")
    code, said = told("collect-garbage", results)
    assert code == 0 and "1 objects without a record are younger than 7d and stay." in said
    assert "1 objects that no record names" in told("verify", results)[1]
    assert (
        "removed 1 objects (4 bytes) that no record names" in told("collect-garbage", results, "--older-than", "0s")[1]
    )
    assert not orphan.exists() and records(results) == before
    assert told("verify", results, "--deep")[0] == 0
    code, said = told("collect-garbage", results, "--older-than", "soon")
    assert code == 2 and "error[U089]: --older-than soon: give a number and s, m, h or d" in said


def test_nobody_runs_repairs_or_collects_beside_a_run_and_with_force_nothing_is_harmed(told, study, results):
    store = Store.open(results)
    store.place.hold({"pid": 4711, "host": "node-3", "since": "12:01"})
    before = records(results)
    for words in (
        ("run", study, "--results", results, "--serial"),
        ("repair", results),
        ("collect-garbage", results, "--older-than", "1h"),
    ):
        code, said = told(*words)
        assert code == 4 and f"error[R076]: {results} is in use by pid 4711 on node-3 since 12:01." in said
    assert told("collect-garbage", results)[0] == 0  # what is a week old belongs to no run
    assert told("run", study, "--results", results, "--serial", "--force")[0] == 0
    assert records(results) == before
    store.place.release()


# A study on a disk of a megabyte, then on one with room; needs leave to mount in a namespace of one's own.
SMALL_DISK = """
mount -t tmpfs -o "$1" tmpfs "$2" && cd "$2" || exit 99
shift 2
"$@"; echo "exit code $?"
mount -o remount,size=64m,nr_inodes=0 "$PWD" && "$@"; echo "exit code $?"
"""


@pytest.mark.long
@pytest.mark.parametrize(("options", "missing"), [("size=128k", "bytes"), ("size=64m,nr_inodes=40", "inodes")])
def test_a_study_stops_when_its_disk_is_full_and_goes_on_when_there_is_room(
    study, finished, tmp_path, options, missing
):
    if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", tmp_path], check=False).returncode:
        pytest.skip("no leave to mount a file system in a namespace of one's own")
    program = "import sys; from jobs.cli import main; from tests.jobs.test_storage import digests; main(sys.argv[1:])"
    words = [sys.executable, "-c", program, "run", str(study), "--results", "results", "--serial"]
    command = ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", options, str(tmp_path), *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**environment(), "PYTHONPATH": str(ROOT)})
    first, second = done.stdout.index("exit code 4"), done.stdout.index("exit code 0")
    assert first < second, done.stderr
    assert done.stderr.count("error[R075]: cannot write in results: No space left on device (") == 1
    assert "What is committed stays; run again when this is solved" in done.stderr
    assert missing in done.stderr and "bytes needed for what is to be kept next" in done.stderr
    assert "Traceback" not in done.stderr
    assert finished[1] in done.stdout
