"""IDX files and NumPy's own: read as they are, never unpickled, and told by their numbers where they are broken."""

import gzip

import numpy as np
import pytest

from tests.transfer.datasets.drawn import load, pixels, refused
from transfer import datasets

LABELS = np.array([0, 1, 2, 1, 0, 2, 2, 1])
AS_BYTES = pixels(8, 3, 6, 6)
GRAY = pixels(8, 5, 5)


def test_npy_files_are_read_and_pickles_in_them_are_not(tmp_path):
    np.save(tmp_path / "x.npy", AS_BYTES)
    np.save(tmp_path / "y.npy", LABELS)
    files = {"train": tmp_path / "x.npy", "test": tmp_path / "x.npy"}
    settings = {**files, "train_labels": tmp_path / "y.npy", "test_labels": tmp_path / "y.npy"}
    images, labels = load("npy", **settings)
    assert np.array_equal(images, AS_BYTES) and labels.tolist() == LABELS.tolist()
    np.save(tmp_path / "y.npy", LABELS[:-1])
    assert refused("npy", **settings) == "error[D052]: npy (train): 8 images but 7 labels"
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert refused("npy", **settings).endswith("x.npy holds pickled objects, which can run code; refused")
    assert refused("npy", **settings).startswith("error[D057]: ")
    (tmp_path / "x.npy").write_bytes(b"\x80\x04K\x01.")
    assert refused("npy", **settings).endswith("x.npy is no .npy file. Save it with numpy.save")


def idx_of(array):
    axes = array.shape
    return b"\0\0\x08" + bytes([len(axes)]) + b"".join(one.to_bytes(4, "big") for one in axes) + array.tobytes()


@pytest.mark.parametrize("is_packed", [False, True])
def test_idx_files_are_read_packed_or_not(is_packed, tmp_path):
    pack, end = (gzip.compress, ".gz") if is_packed else (bytes, "")
    for prefix in ("train", "t10k"):
        (tmp_path / f"{prefix}-images-idx3-ubyte{end}").write_bytes(pack(idx_of(GRAY)))
        (tmp_path / f"{prefix}-labels-idx1-ubyte{end}").write_bytes(pack(idx_of(LABELS.astype(np.uint8))))
    for name in ("idx", "fashion_mnist"):
        for part in datasets.PARTS:
            images, labels = load(name, part, path=tmp_path)
            assert np.array_equal(images[:, 0], GRAY) and labels.tolist() == LABELS.tolist()


def test_a_broken_idx_file_is_told_by_its_numbers(tmp_path):
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_of(LABELS.astype(np.uint8)))
    images = tmp_path / "train-images-idx3-ubyte"
    images.write_bytes(idx_of(LABELS.astype(np.uint8)))
    assert refused("idx", path=tmp_path).endswith("bad magic 0x00000801, expected 0x00000803")
    images.write_bytes(idx_of(GRAY)[:-1])
    assert "199 values, its header says (8, 5, 5)" in refused("idx", path=tmp_path)
    images.write_bytes(idx_of(GRAY) + b"x")
    assert "more than 200 values" in refused("idx", path=tmp_path)
    images.write_bytes(b"\0\0\x08\x03" + b"\xff" * 12)
    assert "more than 10,000,000,000 values" in refused("idx", path=tmp_path)
    images.unlink()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_of(GRAY))[:-20])
    assert refused("idx", path=tmp_path).startswith("error[D056]: ")
