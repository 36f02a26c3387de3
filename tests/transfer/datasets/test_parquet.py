"""Every form in which Parquet holds images gives the same bytes, or is refused."""

import os
import pickle

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.transfer.datasets.drawn import encoded, load, pixels, refused, table_of
from transfer import datasets
from transfer.tasks import Choice

LABELS = np.array([0, 1, 2, 1, 0, 2, 2, 1])


PICTURES = [pixels(6, 6, 3, seed=one) for one in range(len(LABELS))]
BYTES = [encoded(one) for one in PICTURES]
AS_BYTES = np.stack(PICTURES).transpose(0, 3, 1, 2)


def nested(array, kind):
    """An array as lists of lists."""
    return pa.array(
        array.tolist(),
        {1: pa.list_(kind), 2: pa.list_(pa.list_(kind)), 3: pa.list_(pa.list_(pa.list_(kind)))}[array.ndim - 1],
    )


FORMS = {
    "structs": pa.array([{"bytes": one, "path": "a"} for one in BYTES]),
    "bytes": pa.array(BYTES),
    "uint8, channels last": nested(np.stack(PICTURES), pa.uint8()),
    "uint8, channels first": nested(AS_BYTES, pa.uint8()),
    "float32 in [0, 1]": nested(AS_BYTES.astype(np.float32) / np.float32(255), pa.float32()),
    "double": nested(AS_BYTES / 255, pa.float64()),
    "a tensor": pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(AS_BYTES)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_parquet_column_is_the_same_images(form, tmp_path):
    path = table_of(tmp_path / "a.parquet", FORMS[form], LABELS)
    images, labels = load("parquet", train=path, test=path)
    assert np.array_equal(images, AS_BYTES)
    assert labels.tolist() == LABELS.tolist()


def test_a_folder_of_parquet_files_is_read_in_the_order_of_their_names(tmp_path):
    for number in (1, 0):
        half = slice(number * 4, number * 4 + 4)
        table_of(tmp_path / f"train-{number}.parquet", BYTES[half], LABELS[half], image="img", label="fine")
    settings = {"train": tmp_path, "test": tmp_path, "image": "img", "label": "fine"}
    images, labels = load("parquet", **settings)
    assert np.array_equal(images, AS_BYTES) and labels.tolist() == LABELS.tolist()
    told = refused("parquet", train=tmp_path, test=tmp_path)
    assert "D056]: " in told and "has no column 'image'; it has img, fine. Say which with 'image:' and 'label:'" in told


def test_numbers_that_are_no_bytes_are_refused(tmp_path):
    def told(array, kind=pa.float32()):
        path = table_of(tmp_path / "a.parquet", nested(array, kind), LABELS)
        return refused("parquet", train=path, test=path).removeprefix("error")

    floats = AS_BYTES.astype(np.float32) / np.float32(255)
    loud = AS_BYTES.astype(np.float32)
    assert told(loud) == (
        f"[D054]: parquet (train): image 0: pixel values up to {loud[0].max():g}; expected [0,1]. Set 'scale: 255'"
    )
    assert "Undo their normalisation" in told(floats - 0.5)
    broken = floats.copy()
    broken[3, 0, 0, 0] = np.nan
    assert told(broken) == "[D055]: parquet (train): image 3 holds NaN"
    broken[3, 0, 0, 0] = 0.1234
    assert "image 3 holds 0.1234, which is no byte; images are kept as bytes. Round pixels to k/255 first" in told(
        broken
    )
    assert "D048]: parquet (train): images are of shape (2, 6, 6)" in told(floats[:, :2])


def test_pixels_from_0_to_255_as_numbers_are_read_when_the_study_says_so(tmp_path):
    path = table_of(tmp_path / "a.parquet", nested(AS_BYTES.astype(np.float32), pa.float32()), LABELS)
    choice = Choice("parquet", {"train": str(path), "test": str(path), "scale": 255})
    assert np.array_equal(datasets.load(choice, "train")[0], AS_BYTES)


def test_what_is_wrong_with_a_table_is_told(tmp_path):
    path = tmp_path / "a.parquet"

    def told(images, labels=LABELS):
        table_of(path, images, labels)
        return refused("parquet", train=path, test=path).removeprefix("error")

    assert told([*BYTES[:-1], BYTES[0][:-20]]).startswith("[D043]: parquet (train) row 7: truncated")
    assert told([*BYTES[:-1], None]) == "[D047]: parquet (train) row 7: no image"
    assert told([*BYTES[:-1], encoded(pixels(7, 6, 3))]).startswith("[D048]: 1 of 8 images are not 6x6 (first: parquet")
    assert "found string, as 'cat' at row 0" in told(BYTES, ["cat"] * 8)
    assert told(BYTES, [None, *LABELS[1:].tolist()]).startswith("[D051]: parquet (train): 1 rows have no label")
    assert told(["a.png"] * 8).startswith("[D047]: parquet (train): the images are string")
    assert "D048" in told([[[1, 2], [3, 4]]] * 7 + [[[1, 2, 3], [4, 5, 6]]])
    path.write_bytes(b"PAR1 and nothing more")
    assert refused("parquet", train=path, test=path).startswith("error[D056]: ")
    assert refused("parquet", train=tmp_path / "b", test=path).endswith("/b: no such file or folder")


def test_deeply_nested_lists_are_refused_before_a_row_is_read(tmp_path):
    deep = [1]
    for _ in range(12):
        deep = [deep]
    table_of(tmp_path / "a.parquet", [deep] * 8, LABELS)
    told = refused("parquet", train=tmp_path / "a.parquet", test=tmp_path / "a.parquet")
    assert "D056]: " in told and told.endswith("has lists nested 13-fold; at most 3")


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize("kind", ["arrow.py_extension_type", "ray.data.arrow_pickled_object", "ray.data.arrow_tensor"])
def test_an_extension_type_that_carries_a_pickle_is_the_bytes_below_it_and_runs_nothing(kind, tmp_path):
    path, marker = tmp_path / "a.parquet", tmp_path / "PWNED"
    pickled = pickle.dumps(Hostile(marker))
    metadata = {"ARROW:extension:name": kind, "ARROW:extension:metadata": pickled}
    schema = pa.schema([pa.field("image", pa.binary(), metadata=metadata), pa.field("label", pa.int64())])
    pq.write_table(pa.table([pa.array([pickled] * 8), LABELS], schema=schema), path)
    assert refused("parquet", train=path, test=path).startswith("error[D047]: parquet (train) row 0: not an image")
    assert not marker.exists()
    pickle.loads(pickled)
    assert marker.exists()  # it would have run
