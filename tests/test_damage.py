"""A flipped bit is an error that names its task, whoever looks."""

import shutil

import pytest

from transfer.store import Store


@pytest.fixture
def results(quickstart, tmp_path):
    return shutil.copytree(quickstart / "results/quickstart", tmp_path / "results/quickstart")


def flip(path):
    path.chmod(0o644)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 16
    path.write_bytes(raw)


LOOKS = [
    ("matrix", "quickstart"),
    ("sql", "quickstart", "select count(*) from predictions"),
    ("ask", "quickstart", "outcomes"),
    ("heatmap", "quickstart", "-o", "h.png"),
    ("run", "quickstart", "--small", "--serial"),
]


@pytest.mark.parametrize("words", LOOKS, ids=lambda words: words[0])
@pytest.mark.parametrize(("stage", "role"), [("train", "weights"), ("craft", "images"), ("evaluate", "predictions")])
def test_a_flipped_bit_in_an_object_is_told_with_its_task(words, stage, role, results, tmp_path, transfer):
    record = Store.open(results, writing=False).records(stage)[0]
    flip(results / record.objects[role]["key"])
    done = transfer(*words, folder=tmp_path)
    assert done.returncode == 5
    assert "error[R078]" in done.stderr and record.task[:12] in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


@pytest.mark.parametrize("words", LOOKS, ids=lambda words: words[0])
def test_a_flipped_bit_in_a_record_is_told_with_its_task(words, results, tmp_path, transfer):
    record = Store.open(results, writing=False).records("evaluate")[0]
    flip(results / "records" / "evaluate" / f"{record.task}.json")
    done = transfer(*words, folder=tmp_path)
    assert done.returncode == 5
    assert "error[R077]" in done.stderr and record.task[:12] in done.stderr
