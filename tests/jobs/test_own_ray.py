import os
import stat
import subprocess
import sys
from pathlib import Path

from jobs import own_ray


def test_our_own_ray_wants_a_token_that_lies_in_no_file(slots):
    token = os.environ["RAY_AUTH_TOKEN"]
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert len(token) == 64
    files = [path for path in ours().rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if token.encode() in path.read_bytes()]
    assert not [line for line in command_lines() if token in line]


def test_our_own_ray_has_no_dashboard_and_its_files_are_for_us_alone(slots):
    from ray._private.worker import global_worker

    assert global_worker.node.address_info["webui_url"] == ""
    assert stat.S_IMODE(ours().stat().st_mode) == 0o700
    sockets = [str(path) for path in ours().rglob("*") if path.is_socket()]
    assert sockets
    assert max(map(len, sockets)) < 104  # the shortest limit of the systems that Ray runs on


def test_what_a_killed_run_left_in_the_temporary_folder_is_removed(tmp_path, monkeypatch):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.setattr(own_ray, "_short", lambda: str(tmp_path))
    left, living = tmp_path / f"transfer-{ended.pid}-ab", tmp_path / f"transfer-{os.getpid()}-ab"
    kept, link = tmp_path / "precious", tmp_path / f"transfer-{ended.pid}-link"
    for folder in (left, living, kept):
        folder.mkdir()
    link.symlink_to(kept)
    own_ray._sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([living.name, kept.name, link.name])


def ours():
    (folder,) = Path("/tmp").glob(f"transfer-{os.getpid()}-*")
    return folder


def command_lines():
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
