"""What is found out about a study's data before a task runs, and what of it is kept."""

import json

import pytest

from jobs import cli
from jobs.request import request
from tests.studies import SMALL, write
from tests.transfer.datasets.drawn import encoded, folder_of, pixels
from transfer.errors import EnvironmentProblem
from transfer.store import Store

OWN = '''
import json
from pathlib import Path

import numpy as np


def drawn(*, part, file: Path = "drawn.json"):
    """Squares of two brightnesses."""
    bright = np.array(json.loads(Path(file).read_text())[part])
    return np.broadcast_to(bright[:, None, None, None], (len(bright), 1, 4, 4)).astype(np.uint8), bright // 128
'''
STUDY = """
data: {name: image_folder, train: photos/train, test: photos/test}
splits: {A: 10}
models: {linear: {architecture: linear}}
every_model: {recipe: {name: adam, epochs: 1, batch: 5}, split: A}
attacks: {fgsm: {epsilon: 0.1}}
images: {train: 16, test: 5}
"""


@pytest.fixture
def photos(tmp_path):
    folder_of(tmp_path / "photos/train", {"a": 8, "b": 8})
    folder_of(tmp_path / "photos/test", {"a": 4, "b": 4}, seed=500)
    return tmp_path / "photos"


def test_how_images_were_chosen_and_how_many_were_trained_on_is_kept_for_sql(photos, tmp_path, capsys):
    copied = (photos / "train/b/003.png").read_bytes()
    (photos / "test/b/001.png").write_bytes(copied)
    made = request(str(write(tmp_path, STUDY)), tmp_path / "results")
    assert "warning[W058]: 1 test images also occur in training data" in capsys.readouterr().err
    from analysis import database

    made.open_store()
    connection = database.open(tmp_path / "results")
    assert connection.execute("select distinct part, chosen from crafts order by all").fetchall() == [
        ("test", "first 5 of 8 of test, in the label-balanced order of seed 0"),
        ("train", "all 16 of train"),
    ]
    data = json.loads(connection.execute("select data from study").fetchone()[0])
    assert data["overlap"]["same"] == 1 and data["images"] == {"train": 16, "test": 8} and data["classes"] == 2


def test_data_that_changed_since_the_study_began_is_refused_and_other_settings_are_another_study(photos, tmp_path):
    path = write(tmp_path, STUDY)
    first = request(str(path), tmp_path / "results")
    old = Store.open(tmp_path / "results", writing=False).study()["data"]["digests"]["test"]
    (photos / "test/a/000.png").write_bytes(encoded(pixels(8, 8, 3, seed=77)))
    with pytest.raises(EnvironmentProblem) as problem:
        request(str(path), tmp_path / "results")
    assert str(problem.value).startswith(
        f"error[D059]: the test images of image_folder have changed since this study began ({old[:12]}..., now "
    )
    assert str(problem.value).endswith("Restore the data, or start anew with another --results")
    request(str(path), tmp_path / "elsewhere")
    write(tmp_path, STUDY.replace("photos/test}", "photos/test, size: 6}"))
    second = request(str(path), tmp_path / "results")
    assert {task.id for task in second.plan.tasks}.isdisjoint(task.id for task in first.plan.tasks)


def test_a_data_set_of_one_s_own_goes_through_check_plan_and_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study").mkdir()
    (tmp_path / "study/own_data.py").write_text(OWN)
    bright = [(one * 37) % 256 for one in range(60)]
    (tmp_path / "study/drawn.json").write_text(json.dumps({"train": bright, "test": bright[::3]}))
    text = STUDY.replace("{name: image_folder, train: photos/train, test: photos/test}", '"own_data:drawn"')
    path = write(tmp_path / "study", text.replace("train: 16, ", ""))
    for words in (["check"], ["plan", "--tasks"], ["run", "--serial"]):
        with pytest.raises(SystemExit) as ended:
            cli.main([words[0], str(path), *words[1:]])
        assert ended.value.code == 0, capsys.readouterr().err
    assert "W058]: 20 test images also occur in training data" in capsys.readouterr().err
    (tmp_path / "study/own_data.py").unlink()
    found = [record.stage for record in Store.open("results/small", writing=False).records()]
    assert sorted(found) == ["craft", "craft", "evaluate", "evaluate", "train"]


def test_one_class_only_is_told_before_anything_runs(photos, tmp_path, capsys):
    for file in (photos / "test/a").iterdir():
        file.unlink()
    request(str(write(tmp_path, STUDY.replace("test: 5", "test: 4"))), tmp_path / "results")
    assert capsys.readouterr().err == "warning[W053]: test: all labels are 1; accuracy is meaningless\n"


def test_mnist_is_read_without_a_remark(tmp_path, capsys):
    asked = request(str(write(tmp_path, SMALL)), tmp_path / "results")
    assert capsys.readouterr().err == ""
    assert asked.plan.document["data"]["overlap"] == {"same": 0, "near": 1}
    again = request(str(write(tmp_path, SMALL)), tmp_path / "results")
    assert again.plan.document == asked.plan.document
