import hashlib
import os
import subprocess
import sys
import threading
import time

import pytest

from transfer.errors import EnvironmentProblem
from transfer.store.cache import Cache, of_this_machine
from transfer.store.place import Differs


def made(number, size=1_000):
    data = hashlib.shake_256(b"%d" % number).digest(size)
    return data, hashlib.sha256(data).hexdigest()


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache", 1e9)


def fetch(cache, number, size=1_000):
    data, sha256 = made(number, size)
    return cache.fetch(sha256, size, ".parquet", iter([data[:10], data[10:]]))


def never():
    raise AssertionError("asked for what is there")
    yield b""


def kept(cache):
    return {path.name for path in cache.home.glob("*.parquet")}


def test_bytes_are_fetched_once_and_checked_each_time(cache):
    data, sha256 = made(1)
    path = fetch(cache, 1)
    assert path.read_bytes() == data and path.name == f"{sha256}.parquet"
    assert cache.fetch(sha256, 1_000, ".parquet", never()) == path
    path.write_bytes(data[:-1] + b"?")
    assert fetch(cache, 1).read_bytes() == data


@pytest.mark.parametrize(("sent", "told"), [(b"other", "is 5 bytes"), (b"x" * 1_000, "has the SHA-256")])
def test_bytes_that_are_not_what_was_recorded_are_not_kept(cache, sent, told):
    _, sha256 = made(1)
    with pytest.raises(Differs, match=told):
        cache.fetch(sha256, 1_000, ".parquet", iter([sent]))
    assert kept(cache) == set() and not list(cache.home.glob("*.part"))


def test_what_was_used_longest_ago_goes_first(cache):
    cache.limit = 3_500
    for number in range(3):
        os.utime(fetch(cache, number), (number, number))
    fetch(cache, 0)  # used again, just now
    fetch(cache, 3)
    assert kept(cache) == {f"{made(number)[1]}.parquet" for number in (0, 2, 3)}


def test_what_is_larger_than_the_limit_is_kept_alone(cache):
    cache.limit = 500
    fetch(cache, 1)
    fetch(cache, 2)
    assert kept(cache) == {f"{made(2)[1]}.parquet"}


def test_nothing_goes_while_a_process_has_pinned_it(cache):
    cache.limit = 1_500
    reader = subprocess.Popen(
        [sys.executable, "-c", PIN, cache.home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout.readline() == "pinned\n"
    for number in range(3):
        fetch(cache, number)
    assert len(kept(cache)) == 3
    reader.kill()  # however it ends
    reader.communicate()
    fetch(cache, 3)
    assert len(kept(cache)) == 1


PIN = """
import pathlib, sys
from transfer.store.cache import Cache
cache = Cache(pathlib.Path(sys.argv[1]), 1e9)
cache.pin()
print("pinned", flush=True)
sys.stdin.read()
"""


def test_of_many_at_once_one_fetches_and_the_others_wait_for_it(cache):
    asked = []
    data, sha256 = made(1)

    def slow():
        asked.append(1)
        time.sleep(0.05)
        yield data

    def run():
        # Each of its own, as processes have: a lock belongs to whoever opened its file.
        Cache(cache.home, 1e9).fetch(sha256, 1_000, ".parquet", slow())

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1]


def test_a_fetch_that_ends_half_way_leaves_nothing_that_is_believed(cache):
    data, sha256 = made(1)

    def broken():
        yield data[:500]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.fetch(sha256, 1_000, ".parquet", broken())
    assert kept(cache) == set()
    assert fetch(cache, 1).read_bytes() == data


def test_a_cache_that_cannot_be_written_says_which_variable_moves_it(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match=r"error\[R075\]: cannot keep .*Not a directory. Set TRANSFER_CACHE"):
        fetch(Cache(tmp_path / "file" / "cache", 1e9), 1)


def test_the_cache_is_where_a_persons_variables_say(tmp_path, monkeypatch):
    monkeypatch.delenv("TRANSFER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert of_this_machine().home == tmp_path / "transfer" / "objects"
    monkeypatch.setenv("TRANSFER_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("TRANSFER_CACHE_GB", "0.5")
    assert (of_this_machine().home, of_this_machine().limit) == (tmp_path / "mine", 5e8)
    monkeypatch.setenv("TRANSFER_CACHE_GB", "lots")
    with pytest.raises(EnvironmentProblem, match="TRANSFER_CACHE_GB is 'lots'; give a number of gigabytes"):
        of_this_machine()


def test_only_its_owner_can_look_into_the_cache(cache):
    before = os.umask(0o022)
    try:
        fetch(cache, 1)
    finally:
        os.umask(before)
    assert cache.home.stat().st_mode & 0o077 == 0
