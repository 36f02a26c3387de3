"""Whatever a data set gives is a classification task on bytes, or is refused by its code."""

import numpy as np
import pytest

from tests.transfer.datasets.drawn import pixels
from transfer import datasets
from transfer.errors import EnvironmentProblem
from transfer.tasks import Choice

OWN = """
import numpy as np

def mine(*, part, images="uint8", train=None, test=None):
    rng = np.random.default_rng(0)
    labels = np.array(train if part == "train" else test)
    return rng.integers(0, 256, (6, 1, 4, 4)).astype(images), labels
"""
TRAIN, TEST = (0, 1, 2, 0, 1, 2), (0, 1, 2, 2, 2, 1)


@pytest.fixture
def mine(tmp_path):
    """The facts of a data set of one's own, with its settings."""
    source = tmp_path / "own_data.py"
    source.write_text(OWN)

    def of(train=TRAIN, test=TEST, **settings):
        choice = Choice("own_data:mine", {"train": train, "test": test, **settings}, "0" * 64)
        return datasets.facts(choice, source)

    return of


@pytest.fixture
def refused(mine):
    def told(**settings):
        with pytest.raises(EnvironmentProblem) as problem:
            mine(**settings)
        assert problem.value.exit_code == 4
        return str(problem.value)

    return told


def test_a_data_set_of_one_s_own_is_loaded_from_its_file(mine):
    found = mine()
    assert (found.shape, found.classes, found.counts) == ((1, 4, 4), 3, {"train": 6, "test": 6})
    assert found.digests["train"] != found.digests["test"]


def test_labels_that_are_no_classes_are_refused_with_the_row(refused):
    assert refused(train=(0, 1, -2, 0, 1, 2)) == (
        "error[D051]: own_data:mine (train): labels must be 0 or more; found -2 at row 2"
    )
    assert "D051]: own_data:mine (test): labels must be whole numbers; found 1.5 at row 3" in refused(
        test=(0.0, 1.0, 2.0, 1.5, 0.0, 0.0)
    )
    assert "found 0.0 at row 0. Save them as integers" in refused(test=(0.0, 1.0, 2.0, 1.0, 0.0, 0.0))
    assert "D051]: own_data:mine (test): labels must be whole numbers; found <U3 of shape (6,)" in refused(
        test=("cat", "dog") * 3
    )


def test_labels_out_of_range_are_refused(refused):
    assert refused(test=(0, 1, 2, 2, 2, 10)) == (
        "error[D050]: own_data:mine: label 10 at row 5 of the test part; the training part has classes 0..2"
    )
    assert refused(train=(1, 2, 3, 1, 2, 3), test=(1, 2, 3, 1, 2, 3)) == (
        "error[D050]: own_data:mine: labels are 1 to 3; classes are numbered from 0. Subtract 1"
    )


def test_counts_and_types_must_fit(refused):
    assert refused(test=(0, 1, 2)) == "error[D052]: own_data:mine (test): 6 images but 3 labels"
    assert refused(images="float32").startswith("error[D054]: own_data:mine (train): images are float32 of shape ")


def test_one_class_only_is_remarked(mine):
    found = mine(test=(2,) * 6)
    assert found.alone == {"test": 2}
    assert datasets.remarks(found) == ["warning[W053]: test: all labels are 2; accuracy is meaningless"]
    assert datasets.remarks(mine()) == []


def test_kept_classes_are_numbered_anew_in_their_order(tmp_path):
    source = tmp_path / "own_data.py"
    source.write_text(OWN)
    settings = {"train": TRAIN, "test": TEST}
    images, labels = datasets.load(Choice("own_data:mine", settings, "0" * 64), "test", source)
    some, numbered = datasets.load(Choice("own_data:mine", {**settings, "classes": (2, 0)}, "0" * 64), "test", source)
    kept = np.isin(labels, (2, 0))
    assert np.array_equal(some, images[kept])
    assert numbered.tolist() == [{2: 0, 0: 1}[one] for one in labels[kept].tolist()]


def test_a_class_that_is_not_there_cannot_be_kept(refused):
    assert refused(classes=(2, 7)) == (
        "error[D050]: own_data:mine (train): no image is of class 7; the classes are 0..2"
    )


def test_three_against_seven_of_mnist():
    found = datasets.facts(Choice("mnist", {"classes": (3, 7)}))
    assert found.classes == 2
    assert found.counts == {"train": 6131 + 6265, "test": 1010 + 1028}


def test_equal_data_has_one_digest_and_other_labels_another():
    images, labels = pixels(5, 1, 3, 3), np.arange(5)
    assert datasets.digest(images, labels) == datasets.digest(images.copy(), labels.copy())
    assert datasets.digest(images, labels) != datasets.digest(images, labels[::-1])
