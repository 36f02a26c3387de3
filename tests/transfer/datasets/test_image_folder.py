"""A folder of pictures is numbered by its training part, and what is wrong with it is told with the file."""

import hashlib

import numpy as np
import pytest

from tests.transfer.datasets.drawn import encoded, folder_of, load, pixels, refused
from transfer.errors import EnvironmentProblem


@pytest.fixture
def photos(tmp_path):
    folder_of(tmp_path / "train", {"cat": 3, "dog": 4})
    folder_of(tmp_path / "test", {"dog": 2}, seed=50)
    return {"train": tmp_path / "train", "test": tmp_path / "test"}


def test_a_folder_is_numbered_by_the_classes_of_its_training_part(photos):
    images, labels = load("image_folder", **photos)
    assert images.shape == (7, 3, 8, 8) and labels.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert np.array_equal(images[4], pixels(8, 8, 3, seed=1001).transpose(2, 0, 1))
    assert load("image_folder", "test", **photos)[1].tolist() == [1, 1]
    assert load("image_folder", size=5, **photos)[0].shape == (7, 3, 5, 5)


def test_what_is_wrong_with_a_folder_is_told_with_the_file(photos, tmp_path):
    folder_of(tmp_path / "test", {"cow": 1})
    with pytest.raises(EnvironmentProblem, match=r"D050\]: .*/test/cow: no class of .*/train, which has cat, dog"):
        load("image_folder", "test", **photos)
    (photos["train"] / "cat" / "002.png").write_bytes(encoded(pixels(8, 8, 3))[:-20])
    assert "D043]: " in refused("image_folder", **photos) and "cat/002.png: truncated" in refused(
        "image_folder", **photos
    )
    (photos["train"] / "cat" / "notes.txt").write_text("a cat")
    assert "D047]: " in refused("image_folder", **photos) and "notes.txt: not an image" in refused(
        "image_folder", **photos
    )
    assert refused("image_folder", train=tmp_path / "no", test=tmp_path).endswith("/no: no such folder")
    (tmp_path / "empty" / "a").mkdir(parents=True)
    empty = {"train": tmp_path / "empty", "test": tmp_path / "empty"}
    assert "error[D042]: " in refused("image_folder", **empty) and "no images found" in refused("image_folder", **empty)


def test_a_flipped_bit_is_found_where_sums_are_listed(photos):
    files = sorted(photos["train"].glob("*/*.png"))
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.parent.name}/{file.name}" for file in files]
    (photos["train"] / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    assert len(load("image_folder", **photos)[0]) == 7
    files[2].write_bytes(encoded(pixels(8, 8, 3, seed=9)))
    assert "D045]: " in refused("image_folder", **photos) and "cat/002.png: sha256 differs" in refused(
        "image_folder", **photos
    )
    (photos["train"] / "SHA256SUMS").write_text(lines[0] + "\n")
    assert "cat/001.png: not listed in " in refused("image_folder", **photos)
