"""The protocol over S3, spoken to a server on the loopback; what may go wrong on the way is done to real requests."""

import os
import subprocess
import sys

import pytest

from transfer.errors import DamagedResults, EnvironmentProblem, TransferError
from transfer.store import Object, Store, bucket
from transfer.store.garbage import collect
from transfer.store.upkeep import verify


def on(method, part, answer, times=1):
    """Spoil so many requests of a method whose path has this part."""
    left = [times]

    def spoil(request):
        if request["REQUEST_METHOD"] == method and part in request["PATH_INFO"] and left[0]:
            left[0] -= 1
            return answer
        return None

    return spoil


def objects_of(store):
    return store.place.names("objects")


# The same operations as a folder's


def test_a_committed_task_is_read_back_as_it_was_offered(remote, location, tasks, offer, digests, store):
    for task in tasks:
        record = offer(remote, task)
        assert remote.record(task.stage, task.id) == record
        offer(store, task)
    again = Store.open(location, writing=False)
    assert digests(again) == digests(store)
    assert again.squares() == store.squares()
    verdict = verify(again)
    assert (verdict.is_sound, verdict.records, verdict.objects, verdict.orphans) == (True, 4, 7, 0)


def test_the_first_to_create_an_object_keeps_it(remote):
    assert remote.place.create("records/train/a", b"first")
    assert not remote.place.create("records/train/a", b"second")
    assert remote.place.read("records/train/a") == b"first"


def test_the_first_attempt_counts_and_the_second_leaves_nothing_behind(remote, task, offer):
    first = offer(remote, task, "first")
    assert offer(remote, task, "second") == first
    assert len(objects_of(remote)) == 2


def test_an_attempt_that_loses_the_race_deletes_its_own_objects_only(remote, location, task, offer, monkeypatch):
    rival, publish = Store.open(location), remote._publish
    monkeypatch.setattr(remote, "_publish", lambda *made: (offer(rival, task, "rival"), publish(*made))[1])
    won = offer(remote, task, "ours")
    assert won == rival.record("train", task.id)
    assert objects_of(remote) == sorted(kept["key"].removeprefix("objects/") for kept in won.objects.values())


def test_studies_failures_and_inputs_are_kept_too(remote, task, tmp_path):
    assert [remote.save_study({"study": "a", "version": number}) for number in (1, 1, 2)] == [1, 1, 2]
    assert remote.study() == {"study": "a", "version": 2}
    note = {"spec": task.spec(), "cause": "died", "message": "", "traceback": "", "seconds": 0.0}
    remote.fail(task.id, "train", attempt=1, **note)
    assert [failure["cause"] for failure in remote.failures()] == ["died"]
    (tmp_path / "mine.py").write_text("x = 1")
    assert remote.kept(remote.keep(tmp_path / "mine.py"), ".py").read_text() == "x = 1"
    assert remote.kept(remote.keep(tmp_path / "mine.py"), ".py").suffix == ".py"


def test_a_place_that_holds_something_else_is_refused(way, location, remote):
    remote.place.put("thesis.tex", b"")
    with pytest.raises(TransferError, match=r"error\[R074\]: s3://results/study-\d+ is not empty and not a results"):
        Store.open(location)
    with pytest.raises(TransferError, match=r"error\[R074\]: s3://results/nothing: no such results"):
        Store.open("s3://results/nothing", writing=False)
    assert Store.found("s3://results/nothing") is None
    with pytest.raises(EnvironmentProblem, match=r"error\[R075\]: cannot list s3://elsewhere/x/: NoSuchBucket: "):
        Store.open("s3://elsewhere/x")


# What is changed or gone


def test_a_changed_object_is_found_in_the_bucket_though_this_machine_has_the_right_bytes(remote, task, offer):
    record = offer(remote, task)
    assert remote.fetch(record, "weights").exists()
    remote.place.put(record.objects["weights"]["key"], b"x" * 4_000)
    assert verify(remote, deep=False).is_sound
    (error,) = verify(remote).damaged
    assert f"error[R078]: task {task.id[:12]} (train mlp, seed 0): s3://results/" in str(error)
    remote.fetch(record, "weights").unlink()
    with pytest.raises(DamagedResults, match=r"has the SHA-256 .*, its record says"):
        remote.fetch(record, "weights")
    remote.place.put(record.objects["weights"]["key"], b"x")
    for look in (remote.check, remote.fetch):
        with pytest.raises(DamagedResults, match="is 1 bytes, its record says 4,000"):
            look(record, "weights")
    remote.place.delete(record.objects["weights"]["key"])
    for look in (remote.check, remote.fetch):
        with pytest.raises(DamagedResults, match="is missing"):
            look(record, "weights")


def test_a_changed_record_is_damage(remote, task, offer):
    offer(remote, task)
    remote.place.put(f"records/train/{task.id}.json", b"{}\n")
    with pytest.raises(DamagedResults, match=rf"error\[R077\]: s3://.*{task.id}.json: checksum mismatch"):
        remote.records()


# Faults on the way


@pytest.mark.parametrize("part", ["/records/train/", "/objects/"])
def test_a_write_whose_reply_is_lost_counts_once(way, remote, task, offer, part):
    """Stored, and answered with an error: the request comes again, and finds what it has written itself."""
    way.spoil = on("PUT", part, "reply lost")
    record = offer(remote, task)
    assert record.pid == os.getpid() and remote.record("train", task.id) == record
    assert len(objects_of(remote)) == 2 and verify(remote).is_sound
    sent = [path for method, path in way.seen if method == "PUT" and part in path]
    assert len(sent) > len(set(sent))


def test_a_record_that_is_stored_while_every_reply_is_lost_keeps_its_objects(way, remote, task, offer):
    way.spoil = on("PUT", "/records/train/", "reply lost", times=99)
    with pytest.raises(EnvironmentProblem, match=r"error\[R075\]: cannot write s3://.*InternalError"):
        offer(remote, task)
    way.reset()
    record = remote.record("train", task.id)
    assert record and all(remote.fetch(record, role) for role in record.objects)
    assert offer(remote, task) == record


def test_a_record_that_may_still_be_on_its_way_keeps_its_objects(way, remote, task, offer):
    """Nothing is known of it, so nothing is deleted for it; what is left over is garbage one day."""
    way.spoil = on("PUT", "/records/train/", "403", times=99)
    with pytest.raises(EnvironmentProblem, match="AccessDenied"):
        offer(remote, task)
    way.reset()
    assert remote.record("train", task.id) is None
    assert verify(remote).orphans == 2
    assert collect(remote, 3600.0).young == 2
    assert collect(remote, 0.0).objects == 2
    assert offer(remote, task) and verify(remote).orphans == 0


@pytest.mark.parametrize(("answer", "times"), [("409", 3), ("503", 2)])
def test_a_store_that_is_busy_is_asked_again(way, remote, task, offer, answer, times, monkeypatch):
    monkeypatch.setattr(bucket, "PAUSES", (0.0,) * 6)
    way.spoil = on("PUT", "/records/train/", answer, times)
    assert offer(remote, task) == remote.record("train", task.id)
    assert sum("/records/" in path and method == "PUT" for method, path in way.seen) == times + 1


def test_a_store_that_is_always_busy_is_given_up(way, remote, task, offer, monkeypatch):
    monkeypatch.setattr(bucket, "PAUSES", (0.0, 0.0))
    way.spoil = on("PUT", "/records/train/", "409", times=99)
    with pytest.raises(EnvironmentProblem, match=r"error\[R075\].*ConditionalRequestConflict"):
        offer(remote, task)


def test_a_body_that_breaks_off_is_asked_for_from_there(way, remote, task, offer):
    record = offer(remote, task, objects={"weights": Object(os.urandom(3_000_000), "safetensors")})
    way.spoil = on("GET", "/objects/", "cut off", times=2)
    assert remote.fetch(record, "weights").stat().st_size == 3_000_000
    assert sum(method == "GET" and "/objects/" in path for method, path in way.seen) == 3


def test_an_exception_inside_a_write_publishes_nothing(way, remote, task, offer, monkeypatch):
    """A large object goes in parts: when the second is refused, neither it nor its first part stays."""
    monkeypatch.setattr(bucket, "LARGE", 5 << 20)
    monkeypatch.setattr(bucket, "PART", 5 << 20)
    large = {"weights": Object(os.urandom(12_000_000), "safetensors")}
    way.spoil = lambda request: "403" if "partNumber=2" in request["QUERY_STRING"] else None
    with pytest.raises(EnvironmentProblem, match=r"error\[R075\]"):
        offer(remote, task, objects=large)
    way.reset()
    assert objects_of(remote) == []
    assert "Uploads" not in remote.place.client.list_multipart_uploads(Bucket="results")
    record = offer(remote, task, objects=large)
    assert remote.fetch(record, "weights").read_bytes() == large["weights"].data


def test_parts_of_an_upload_whose_process_died_are_garbage(remote):
    named = {"Bucket": "results", "Key": f"{remote.place.prefix}/objects/x"}
    remote.place.client.create_multipart_upload(**named)
    assert collect(remote, 0.0).temporaries == 1
    assert "Uploads" not in remote.place.client.list_multipart_uploads(Bucket="results")


def test_whoever_may_not_remove_anything_can_run_studies(way, location, task, offer):
    way.forbids_removal = True
    store = Store.open(location)
    assert offer(store, task) == store.record("train", task.id)
    with pytest.raises(EnvironmentProblem, match=r"error\[R075\]: cannot remove .*AccessDenied"):
        store.place.move(f"records/train/{task.id}.json", "tmp/x")


# Stores that cannot tell two writers apart


@pytest.mark.parametrize("flaw", ["ignores_conditions", "knows_no_conditions"])
def test_a_store_without_conditional_writes_is_refused(way, location, flaw, task, offer):
    setattr(way, flaw, True)
    with pytest.raises(
        EnvironmentProblem, match=r"error\[R082\]: s3://.* ignores If-None-Match; .*--single-writer"
    ) as no:
        Store.open(location)
    assert no.value.exit_code == 4
    record = offer(Store.open(location, single_writer=True), task)
    worker = Store.open(location)  # a process of that run, which knows nothing of the option
    assert worker.record("train", task.id) == record
    assert not worker.place.create(f"records/train/{task.id}.json", b"")
    assert verify(worker).is_sound and verify(worker).unknown == ()


# Many at once

RACE = """
import os, sys
from transfer.identity import digest
from transfer.store import Object, Store

specs = [{"stage": "train", "seed": seed} for seed in range(6)]
import transfer.store.bucket
gate, starter = os.pipe()
for number in range(8):
    if os.fork():
        continue
    os.close(starter)
    store = Store.open(sys.argv[1])
    os.read(gate, 1)  # until all have started
    won = 0
    for spec in specs[number % 6 :] + specs[: number % 6]:  # else the first to wake may stay ahead of all
        objects = {"trained": Object(b"%d" % number * 4000, "parquet")}
        record = store.commit(
            digest(spec), "train", spec=spec, inputs={}, objects=objects, provenance={}, seconds=0.0
        )
        won += record.pid == os.getpid()
    os.write(1, b"%d\\n" % won)
    os._exit(0)
os.close(starter)
sys.exit(any(os.wait()[1] for number in range(8)))
"""


def test_racing_processes_make_one_record_of_every_task(location, remote):
    raced = subprocess.run([sys.executable, "-c", RACE, location], capture_output=True, text=True, check=False)
    assert raced.returncode == 0, raced.stderr
    won = [int(line) for line in raced.stdout.split()]
    verdict = verify(remote)
    assert (len(won), sum(won), verdict.records) == (8, 6, 6)
    assert sum(number > 0 for number in won) > 1, "nobody raced"
    assert (verdict.damaged, verdict.orphans, verdict.temporaries) == ((), 0, 0)
