import pytest

from jobs import machine
from jobs.doctor import GIB, _of_node, token

OURS = {"python": "3.11.7", "torch": "2.14.1"}


def answer(**more):
    return {"versions": OURS, "cores": 4, "memory": 16 * GIB, "shared_memory": GIB, **more}


def levels(**more):
    return [(one.level, one.text) for one in _of_node("node a", {"CPU": 4.0}, answer(**more), OURS)]


def test_a_sound_node_is_one_line_without_a_warning():
    assert levels() == [("ok", "4 cores, 4 for work, 16 GiB of memory, 0 GPUs")]


def test_another_version_is_an_error_that_names_both():
    level, text = levels(versions={**OURS, "torch": "2.13.0"})[0]
    assert level == "error"
    assert text == "U092: runs torch 2.13.0, here 2.14.1: results would not be comparable"


@pytest.mark.parametrize("lack", [{"memory": GIB}, {"shared_memory": 64 << 20}])
def test_too_little_memory_is_a_warning_with_a_fix(lack):
    (one,) = [one for one in _of_node("node a", {"CPU": 4.0}, answer(**lack), OURS) if one.level == "warn"]
    assert one.fix


def test_a_token_that_others_can_read_is_an_error_and_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    path = tmp_path / "token"
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(path))
    assert token().level == "warn"
    path.write_text("c0ffee")
    path.chmod(0o640)
    assert token().level == "error"
    assert token().fix == f"chmod 600 {path}"
    path.chmod(0o600)
    assert token().level == "ok"
    assert "c0ffee" not in str(token())


def test_this_machine_says_what_it_is():
    found = machine.looked()
    assert found["cores"] >= 1
    assert found["memory"] > GIB
    assert machine.differing(found["versions"], machine.versions()) == ""
    assert found["versions"]["ray"].startswith("2.")
