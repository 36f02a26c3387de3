"""What a person is told of results: what is done, and what audits find in the rows."""

import pytest

from jobs.cli import build
from tests.analysis.made import Results, clean, commit_tile, craft, crafted, model, prediction
from transfer.store import Store


@pytest.fixture
def status(capsys):
    def told(*words):
        build()(["status", *map(str, words)], standalone_mode=False)
        return capsys.readouterr().out.splitlines()

    return told


def right():
    """Two models shown one craft and the clean images, and everybody is right."""
    models, shown = [model("A"), model("B", 1)], [clean(images=1), craft(model("A"), order=1, images=1)]
    predictions = [prediction(one, target, 0, 0, 0) for one in shown for target in models]
    return Results(models, shown, predictions, [crafted(one, 0) for one in shown])


def test_what_audits_find_is_told_where_nothing_is_left(status, tmp_path):
    made = right()
    store = made.commit(tmp_path / "r")
    assert status(tmp_path / "r")[-1].endswith("audits find nothing that must not exist.")
    craft, target = made.crafts[0]["craft"], made.models[0]["model"]
    commit_tile(store, made.predictions, [craft], [target], batch=7)
    line = f"audit squares_counted_twice: 1 row. `transfer ask {tmp_path / 'r'} squares_counted_twice` shows them"
    assert status(tmp_path / "r")[-1] == line
    assert status(tmp_path / "r", "--no-audits")[-1].startswith("squares ")


def test_a_study_that_goes_on_is_not_read_through_unasked(status, tmp_path):
    made = right()
    Store.open(tmp_path / "r").save_study(made.document)
    assert status(tmp_path / "r")[-1].startswith("squares ")
    assert "audits find nothing" in status(tmp_path / "r", "--audits")[-1]
