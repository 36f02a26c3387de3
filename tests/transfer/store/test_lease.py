"""One driver at a time. On a folder the system lets a lock go; in a bucket it grows stale, or is known to be dead."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from transfer.errors import DamagedResults, EnvironmentProblem
from transfer.store import Store, lease
from transfer.store.upkeep import verify

HOLDER = {"pid": os.getpid(), "host": socket.gethostname(), "since": "2026-01-02 12:01 UTC"}
HOLD = """
import sys
from transfer.store import Store
store = Store.open(sys.argv[1])
store.place.hold({"pid": 4711, "host": "node-3", "since": "2026-01-02 12:01 UTC"})
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_driver_is_told_of_the_first_until_that_has_ended_however_it_ends(store):
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, store.location], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout.readline() == "held\n"
    with pytest.raises(EnvironmentProblem) as told:
        store.place.hold(HOLDER)
    assert str(told.value) == (
        f"error[R076]: {store.location} is in use by pid 4711 on node-3 since 2026-01-02 12:01 UTC. "
        "Wait for it or stop it; `transfer run --force` is safe but wastes work"
    )
    assert told.value.exit_code == 4
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert store.place.hold(HOLDER)
    store.place.release()


def test_a_lock_that_was_let_go_can_be_taken_again(store):
    other = Store.open(store.location)
    assert store.place.hold(HOLDER) and store.place.hold(HOLDER)
    with pytest.raises(EnvironmentProblem, match="R076"):
        other.place.hold(HOLDER)
    store.place.release()
    assert other.place.hold(HOLDER)
    other.place.release()
    assert verify(store).unknown == ()


def test_commits_ask_for_no_lock(store, task, offer):
    store.place.hold(HOLDER)
    other = Store.open(store.location)
    assert offer(other, task) == store.record("train", task.id)
    store.place.release()


def test_a_link_in_place_of_the_lock_is_not_followed(store, tmp_path):
    (tmp_path / "precious").write_text("mine")
    (store.location / "lock").symlink_to(tmp_path / "precious")
    with pytest.raises(DamagedResults, match=r"error\[R081\].*lock: symbolic links are not followed"):
        store.place.hold(HOLDER)
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_lease_in_a_bucket_is_refused_while_its_holder_lives_and_taken_when_it_is_stale(
    remote, location, monkeypatch
):
    other = Store.open(location)
    assert remote.place.hold({**HOLDER, "pid": 1, "host": "node-3"})
    with pytest.raises(EnvironmentProblem, match=rf"R076.*{location} is in use by pid 1 on node-3 since 2026"):
        other.place.hold(HOLDER)
    monkeypatch.setattr(lease, "STALE", 0.0)
    assert other.place.hold(HOLDER)
    remote.place.release()  # which was overtaken, and leaves the lease of the other alone
    assert HOLDER.items() <= json.loads(remote.place.read("lock")).items()
    other.place.release()
    assert not remote.place.has("lock")


def test_a_lease_of_a_process_of_this_machine_that_has_died_is_taken_at_once(remote):
    died = subprocess.Popen([sys.executable, "-c", ""])
    died.wait()
    remote.place.put("lock", json.dumps(HOLDER).encode())
    with pytest.raises(EnvironmentProblem, match="R076"):
        remote.place.hold(HOLDER)
    remote.place.put("lock", json.dumps({**HOLDER, "pid": died.pid}).encode())
    assert remote.place.hold(HOLDER)
    remote.place.release()


def test_a_holder_writes_its_lease_anew_as_long_as_it_lives(way, remote, monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.01)
    remote.place.hold(HOLDER)
    while sum(method == "PUT" and path.endswith("/lock") for method, path in way.seen) < 4:
        time.sleep(0.01)
    assert HOLDER.items() <= json.loads(remote.place.read("lock")).items()
    remote.place.release()
    assert not remote.place.has("lock")


@pytest.mark.parametrize("held", [b"", b"{}", b"[1]", b"\xff", b'{"pid": "x", "host": "h", "since": "s"}'])
def test_whatever_lies_in_a_lock_is_told_in_one_line(held):
    assert str(lease.in_use("here", held)).startswith("error[R076]: here is in use. Wait for it")
