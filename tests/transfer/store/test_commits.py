import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import transfer.store
from transfer.errors import DamagedResults
from transfer.store import Object, Store
from transfer.store.keys import FOLDERS
from transfer.store.upkeep import verify


def test_a_committed_task_is_read_back_as_it_was_offered(store, tasks, offer):
    for task in tasks:
        record = offer(store, task)
        assert store.record(task.stage, task.id) == record
        assert (record.task, record.stage, record.pid) == (task.id, task.stage, os.getpid())
        assert record.seconds == 1.5
        for role, kept in record.objects.items():
            path = store.fetch(record, role)
            assert path.name.startswith(f"{task.id}-{record.attempt}.")
            assert path.stat().st_size == kept["bytes"] == 4_000
            assert kept["rows"] == 100
    assert [record.task for record in store.records("train")] == sorted(task.id for task in tasks[:2])
    assert len(store.records()) == 4


def test_a_task_without_a_record_is_not_done(store, task):
    assert store.record("train", task.id) is None
    assert store.records() == []


def test_the_first_attempt_counts_and_the_second_leaves_nothing_behind(store, task, offer):
    first = offer(store, task, "first")
    second = offer(store, task, "second")
    assert second == first
    assert len(os.listdir(store.location / "objects")) == 2
    assert os.listdir(store.location / "tmp") == []


def test_an_attempt_that_loses_the_race_deletes_its_own_objects_only(store, task, offer, monkeypatch):
    """The other attempt commits after ours has looked for a record and before it offers its own."""
    rival = Store.open(store.location)
    publish = store._publish

    def overtaken(record, objects):
        offer(rival, task, "rival")
        return publish(record, objects)

    monkeypatch.setattr(store, "_publish", overtaken)
    won = offer(store, task, "ours")
    assert won == rival.record("train", task.id)
    assert sorted(os.listdir(store.location / "objects")) == sorted(
        Path(kept["key"]).name for kept in won.objects.values()
    )
    assert verify(store).is_sound


# In a process of its own, since the types that are checked in tests make every call ten times slower.
RACE = """
import os, sys
from transfer.identity import digest
from transfer.store import Object, Store

store = Store.open(sys.argv[1])
specs = [{"stage": "train", "seed": seed} for seed in range(300)]
gate, starter = os.pipe()
for number in range(8):
    if os.fork():
        continue
    os.close(starter)
    os.read(gate, 1)  # until all have started
    won = 0
    for spec in specs:
        objects = {"trained": Object(b"%d" % number * 4000, "parquet"), "weights": Object(b"", "safetensors")}
        record = store.commit(
            digest(spec), "train", spec=spec, inputs={}, objects=objects, provenance={}, seconds=0.0
        )
        won += record.pid == os.getpid()
    os.write(1, b"%d\\n" % won)
    os._exit(0)
os.close(starter)
sys.exit(any(os.wait()[1] for number in range(8)))
"""


def test_racing_processes_make_one_record_of_every_task(fast_folder):
    """Eight processes offer all tasks in one order, each with bytes of its own."""
    raced = subprocess.run([sys.executable, "-c", RACE, fast_folder], capture_output=True, text=True, check=False)
    assert raced.returncode == 0, raced.stderr
    won = [int(line) for line in raced.stdout.split()]
    store = Store.open(fast_folder, writing=False)
    verdict = verify(store)
    assert (len(won), sum(won), verdict.records) == (8, 300, 300)
    assert sum(number > 0 for number in won) > 1, "nobody raced"
    assert (verdict.damaged, verdict.orphans, verdict.temporaries) == ((), 0, 0)
    for record in store.records():
        assert {kept["key"].split("-")[1][:32] for kept in record.objects.values()} == {record.attempt}


def test_covered_squares_are_the_crafts_times_the_targets(store, tasks, offer):
    assert store.squares() == set()
    for task in tasks:
        offer(store, task)
    first, second, craft, _ = tasks
    assert store.squares() == {(craft.id, first.id), (craft.id, second.id)}


def test_results_are_read_without_leave_to_write(store, tasks, offer, monkeypatch):
    for task in tasks:
        offer(store, task)
    store.save_study({"study": "quickstart"})
    before = _tree(store.location)
    for name in ("mkdir", "link", "unlink", "fsync"):
        monkeypatch.delattr(os, name)
    reader = Store.open(store.location, writing=False)
    assert len(reader.records()) == 4
    assert all(reader.fetch(record, role) for record in reader.records() for role in record.objects)
    assert reader.study() == {"study": "quickstart"}
    assert verify(reader).is_sound
    monkeypatch.undo()
    assert _tree(store.location) == before


def test_a_folder_of_results_can_be_moved_and_copied(store, task, offer, tmp_path):
    record = offer(store, task)
    shutil.copytree(store.location, tmp_path / "copy")
    shutil.rmtree(store.location)
    copy = Store.open(tmp_path / "copy", writing=False)
    assert copy.fetch(record, "weights").is_relative_to(tmp_path / "copy")


def test_a_foreign_file_dropped_in_is_passed_over(store, task, offer):
    record = offer(store, task)
    (store.location / "objects" / "better.parquet").write_bytes(b"PAR1")
    (store.location / "records" / "train" / "better.json").write_text("{}")
    (store.location / "records" / "train" / f"{task.id}.json.damaged").write_text("{}")
    assert store.records() == [record]


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "/etc/passwd", "", "a" * 31, "A" * 32, "a" * 32 + "\n", "."])
def test_only_digests_name_a_file(store, task, offer, hostile):
    spec = task.spec()
    note = {"spec": spec, "attempt": 1, "cause": "", "message": "", "traceback": "", "seconds": 0.0}
    for attempt in (
        lambda: store.record("train", hostile),
        lambda: store.record(hostile, task.id),
        lambda: store.records(hostile),
        lambda: offer(store, task, objects={"weights": Object(b"", hostile)}),
        lambda: store.commit(hostile, "train", spec=spec, inputs={}, objects={}, provenance={}, seconds=0.0),
        lambda: store.fail(hostile, "train", **note),
        lambda: store.fail(task.id, hostile, **note),
        lambda: store.kept(hostile, "py"),
        lambda: store.kept("0" * 64, hostile or "/"),
    ):
        with pytest.raises(ValueError, match=r"stage|id of a task|suffix|SHA-256|digest"):
            attempt()
    assert verify(store).unknown == ()
    assert sorted(os.listdir(store.location)) == sorted({name.split("/")[0] for name in FOLDERS})


@pytest.mark.parametrize("role", ["<script>alert(1)</script>", "../../etc/passwd", "'; drop table records", "图"])
def test_a_role_is_only_ever_text(store, task, offer, role):
    record = offer(store, task, objects={role: Object(b"bytes", "parquet")})
    assert store.fetch(record, role).read_bytes() == b"bytes"
    assert store.record("train", task.id).objects.keys() == {role}


def test_two_objects_of_a_task_cannot_share_a_file(store, task, offer):
    with pytest.raises(ValueError, match="different suffixes"):
        offer(store, task, objects={"one": Object(b"1", "parquet"), "two": Object(b"2", ".parquet")})
    assert os.listdir(store.location / "objects") == []


def test_what_has_no_stable_spelling_is_refused_before_a_byte_is_written(store, task, offer):
    for provenance in ({"loss": float("nan")}, {"device": object()}):
        with pytest.raises((ValueError, TypeError)):
            offer(store, task, provenance=provenance)
    assert os.listdir(store.location / "objects") == []


def test_no_clock_decides_anything():
    clocks = {"time", "datetime", "calendar", "random"}
    for path in Path(transfer.store.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not clocks & {alias.name.split(".")[0] for alias in node.names}, path.name
            if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in clocks:
                assert [alias.name for alias in node.names] == ["sleep"], path.name  # a pause is no clock


def test_an_object_that_has_changed_is_named_and_never_handed_out(store, tasks, offer):
    for task in tasks:
        record = offer(store, task)
        role, kept = next(iter(record.objects.items()))
        path = store.location / kept["key"]
        path.write_bytes(path.read_bytes()[:1_234])
        with pytest.raises(DamagedResults) as caught:
            store.fetch(record, role)
        text = str(caught.value)
        about = {"train": "train mlp, seed", "craft": "craft pgd, epsilon 0.1, on", "evaluate": "1 crafts on 2 targets"}
        assert text.startswith(f"error[R078]: task {task.id[:12]} (")
        assert about[task.stage] in text
        assert "is 1,234 bytes, its record says 4,000" in text
        assert "`transfer repair` sets its record aside, and the next run does this task again" in text
        path.unlink()
        with pytest.raises(DamagedResults, match="is missing"):
            store.fetch(record, role)


def _tree(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
