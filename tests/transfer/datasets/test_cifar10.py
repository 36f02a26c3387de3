"""The layouts of CIFAR-10 hold the same images, and a pickle is looked at without being followed."""

import pickle

import numpy as np
import pytest

from tests.transfer.datasets.drawn import encoded, load, pixels, refused, table_of


def bin_of(images, labels):
    return np.concatenate([labels[:, None].astype(np.uint8), images.reshape(len(images), -1)], axis=1).tobytes()


def short(text):
    return b"U" + bytes([len(text)]) + text


def py_of(images, labels):
    """A batch as Python 2 has written it, opcode by opcode."""
    numbers = b"".join(b"K" + bytes([one]) for one in labels)
    shape = b"(K\x01M" + len(labels).to_bytes(2, "little") + b"M\x00\x0c\x86"
    kind = (
        b"cnumpy\ndtype\nq\x09"
        + short(b"u1")
        + b"K\x00K\x01\x87q\x0aRq\x0b(K\x03"
        + short(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    made = b"cnumpy.core.multiarray\n_reconstruct\nq\x06cnumpy\nndarray\nq\x07K\x00\x85" + short(b"b") + b"\x87R"
    raw = images.tobytes()
    array = made + shape + kind + b"\x89T" + len(raw).to_bytes(4, "little") + raw + b"tb"
    names = b"".join(short(b"a_s_%d.png" % one) for one in range(len(labels)))
    held = (
        short(b"batch_label") + short(b"training batch 1 of 5") + short(b"labels") + b"](" + numbers + b"e"
        + short(b"data") + array + short(b"filenames") + b"](" + names + b"e"
    )  # fmt: skip
    return b"\x80\x02}q\x01(" + held + b"u."


def cifar(seed):
    return pixels(4, 3, 32, 32, seed=seed), np.array([3, 8, 8, 0])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_batches_made_here_are_pickles_as_those_of_cifar10_are():
    images, labels = cifar(0)
    held = pickle.loads(py_of(images, labels), encoding="bytes")
    assert sorted(held) == [b"batch_label", b"data", b"filenames", b"labels"]
    assert np.array_equal(held[b"data"].reshape(images.shape), images) and held[b"labels"] == labels.tolist()


def test_the_layouts_of_cifar10_hold_the_same_images(tmp_path, monkeypatch):
    names = [f"data_batch_{number}" for number in range(1, 6)]
    for number, name in enumerate([*names, "test_batch"]):
        for folder, write, end in (("bin", bin_of, ".bin"), ("py", py_of, "")):
            place = tmp_path / folder / f"cifar-10-batches-{folder}"
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{name}{end}").write_bytes(write(*cifar(number)))
    images = np.concatenate([cifar(number)[0] for number in range(5)])
    labels = np.tile(cifar(0)[1], 5)
    (tmp_path / "hub" / "cifar10").mkdir(parents=True)
    pictures = [{"bytes": encoded(one.transpose(1, 2, 0)), "path": ""} for one in images]
    table_of(tmp_path / "hub" / "cifar10" / "train-00000-of-00001.parquet", pictures, labels, image="img")
    for folder in ("bin", "py", "hub"):
        monkeypatch.setenv("TRANSFER_DATA", str(tmp_path / folder))
        found, classes = load("cifar10")
        assert np.array_equal(found, images) and classes.tolist() == labels.tolist(), folder
    assert np.array_equal(load("cifar10", "test", path=tmp_path / "py" / "cifar-10-batches-py")[0], cifar(5)[0])


def test_a_pickle_that_is_no_batch_is_refused_and_never_followed(tmp_path):
    place = tmp_path / "cifar-10-batches-py"
    place.mkdir()
    sound = py_of(*cifar(0))
    marker = tmp_path / "PWNED"
    hostile = {
        "posix system": b"cposix\nsystem\n" + short(b"touch %s" % str(marker).encode()) + b"\x85R.",
        "SHORT_BINUNICODE": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.",
        "labels and": sound.replace(b"K\x08", b"N", 1),
        "no batch": b"\x80\x02}U\xff",
    }
    for what, data in hostile.items():
        for name in [f"data_batch_{number}" for number in range(1, 6)]:
            (place / name).write_bytes(data)
        told = refused("cifar10", path=tmp_path)
        assert told[:11] in ("error[D057]", "error[D056]") and what in told, told
    assert not marker.exists()
