"""Test images that were trained on are counted: the same, and nearly."""

import io

import numpy as np
from PIL import Image

from tests.transfer.datasets.drawn import pixels
from transfer import datasets
from transfer.datasets import Overlap
from transfer.datasets._overlap import overlap


def smooth(count, seed):
    """Pictures with shapes in them: noise of 4x4, enlarged."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    large = [np.asarray(Image.fromarray(one).resize((32, 32), Image.Resampling.BICUBIC)) for one in small]
    return np.stack(large).transpose(0, 3, 1, 2)


def as_jpeg(image):
    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "JPEG", quality=85)
    return np.asarray(Image.open(file)).transpose(2, 0, 1)


def test_copies_are_the_same_and_compressed_copies_are_near():
    train, test = smooth(300, seed=1), smooth(40, seed=2)
    assert overlap(train, test) == Overlap(same=0, near=0)
    test[3] = train[7]
    test[5], test[9] = as_jpeg(train[8]), as_jpeg(train[200])
    assert not np.array_equal(test[5], train[8])
    assert overlap(train, test) == Overlap(same=1, near=2)


def test_a_touched_up_pixel_is_near_and_another_picture_is_not():
    train = np.concatenate([smooth(50, seed=3), pixels(50, 3, 32, 32, seed=4)])
    test = train[[0, 60]].copy()
    test[:, :, 16, 16] ^= 255
    assert overlap(train, test) == Overlap(same=0, near=2)
    assert overlap(train, 255 - test) == Overlap(same=0, near=0)


def test_small_and_odd_sizes_are_compared_too():
    train = pixels(20, 1, 5, 28, seed=5)
    assert overlap(train, train[:4]) == Overlap(same=4, near=0)


def test_it_is_told_from_one_image_on_and_near_ones_from_one_in_a_thousand():
    def told(same, near):
        found = datasets.Facts((1, 2, 2), 2, {"test": 10_000}, {}, overlap=Overlap(same, near))
        return datasets.remarks(found)

    assert told(0, 0) == told(0, 10) == []
    assert told(312, 0) == ["warning[W058]: 312 test images also occur in training data"]
    assert told(1, 20) == [
        "warning[W058]: 1 test images also occur in training data, and 20 nearly (the same in thumbnails of 8x8)"
    ]
