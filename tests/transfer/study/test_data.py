"""The data set of a study: its settings, the classes that are kept, where its paths begin."""

import json

import pytest

from tests.transfer.study.own import amended
from transfer.identity import canonical


def test_every_data_set_takes_the_classes_that_are_kept(study):
    found = study(amended(data="{name: mnist, classes: [8, 9]}"))
    assert found.data.settings == {"classes": (8, 9)}
    assert json.loads(canonical(found.resolved()))["data"]["settings"] == {"classes": [8, 9]}
    own = study(amended(data='{name: "my_code:letters", size: 12, classes: [1, 0, 7]}'))
    assert own.data.settings["classes"] == (1, 0, 7) and own.data.settings["size"] == 12
    assert study(amended(data="mnist")).data.settings == {}


@pytest.mark.parametrize(
    ("classes", "line"),
    [
        ("[3]", "error[S094]: study.yaml:1:30: data.classes: at least two classes expected, as in [3, 7]"),
        ("3", "error[S094]: study.yaml:1:30: data.classes: tuple[int, ...] expected, found '3'"),
        ("[3, 3, 7]", "error[S035]: study.yaml:1:30: data.classes: class 3 given twice"),
        ("[3, -7]", "error[S095]: study.yaml:1:30: data.classes: a class is 0 or more, found -7"),
        ("[3, cat]", "error[S018]: study.yaml:1:34: data.classes: whole number expected, found 'cat'"),
        ("[[3, 7], [8, 9]]", "error[S094]: study.yaml:1:30: data.classes: a study has one data set; one list of"),
    ],
)
def test_classes_that_cannot_be_kept_are_told(told, classes, line):
    (found,) = told(amended(data=f"{{name: mnist, classes: {classes}}}"))
    assert found.startswith(line), found


def test_a_path_begins_at_the_study_and_so_does_the_one_that_a_function_brings(study, tmp_path):
    given = study(amended(data="{name: idx, path: files/digits}"))
    assert given.data.settings["path"] == str(tmp_path.resolve() / "files/digits")
    assert study(amended(data="fashion_mnist")).data.settings == {"path": None}
    own = study(amended(data='"my_code:letters"'))
    assert own.data.settings["root"] == str(tmp_path.resolve() / "letters")
    assert own.data_source == tmp_path / "my_code.py" and study(amended()).data_source is None
