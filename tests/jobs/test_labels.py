import pytest

from jobs.labels import Labels

FIELDS = ("craft", "role", "attack", "budget", "surrogate", "control", "like", "surrogates")
CRAFTS = [
    ("c0", "clean", None, None, None, None, None, []),
    ("c1", "attack", "fgsm", "linf 0.1", "mlp P1", None, None, ["m1"]),
    ("c2", "control", "fgsm", "linf 0.1", "mlp P1", "noise", "c1", ["m1"]),
    ("c3", "control", "gaussian", "rms 0.1", None, "gaussian", None, []),
    ("c4", "attack", "lbfgs", None, "lenet", None, None, ["m2"]),
    ("c5", "attack", "theirs", "linf 0.1", "theirs", None, None, []),
]
DOCUMENT = {
    "models": [{"model": "m1", "name": "mlp P1"}, {"model": "m2", "name": "lenet"}],
    "crafts": [dict(zip(FIELDS, craft, strict=True)) for craft in CRAFTS],
}


@pytest.mark.parametrize(
    "task,label",
    [
        ("m1", "mlp P1"),
        ("c0", "clean images"),
        ("c1", "fgsm linf 0.1 on mlp P1"),
        ("c2", "noise like fgsm linf 0.1 on mlp P1"),
        ("c3", "gaussian rms 0.1"),
        ("c4", "lbfgs on lenet"),
        ("c5", "theirs linf 0.1"),  # made on no network of the study
        ("0123456789abcdef", "0123456789ab"),
    ],
)
def test_a_task_goes_by_the_names_of_the_study_file(task, label):
    assert Labels(DOCUMENT).spec(task, {}) == label


@pytest.mark.parametrize(
    "crafts,label",
    [
        (["c1", "c2"], "mlp P1's 2 crafts to 2 models"),
        (["c1"], "fgsm linf 0.1 on mlp P1 to 2 models"),
        (["c0"], "clean images to 2 models"),
        (["c1", "c4"], "2 crafts to 2 models"),
        (["unknown", "c1"], "2 crafts to 2 models"),
    ],
)
def test_a_tile_goes_by_whose_crafts_it_shows(crafts, label):
    assert Labels(DOCUMENT).spec("tile", {"crafts": crafts, "targets": ["m1", "m2"]}) == label
