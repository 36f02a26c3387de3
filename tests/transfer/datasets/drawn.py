"""Small pictures and files of data, drawn from a seed, and what is told of them."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from transfer import datasets
from transfer.errors import EnvironmentProblem
from transfer.tasks import Choice


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def encoded(array, kind="PNG", **more):
    """A picture of height x width (x 3) bytes as a file."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind, **more)
    return file.getvalue()


def folder_of(place, counts, size=(8, 8), kind="png", seed=0):
    """PNG files in place/CLASS, so many of each class."""
    for number, (name, count) in enumerate(counts.items()):
        (place / name).mkdir(parents=True, exist_ok=True)
        for one in range(count):
            picture = pixels(*size, 3, seed=seed + 1000 * number + one)
            (place / name / f"{one:03}.{kind}").write_bytes(encoded(picture, kind.upper()))
    return place


def load(name, part="train", **settings):
    """One part of a data set; a path is a text, as a study gives it."""
    plain = {key: held if isinstance(held, int) else str(held) for key, held in settings.items()}
    return datasets.load(Choice(name, plain), part)


def refused(name, **settings):
    """The line that is told of the training part of a data set."""
    with pytest.raises(EnvironmentProblem) as problem:
        load(name, **settings)
    assert problem.value.exit_code == 4 and len(str(problem.value).splitlines()) == 1
    return str(problem.value)


def table_of(path, images, labels, **names):
    """A Parquet file of images and labels."""
    pq.write_table(pa.table({names.get("image", "image"): images, names.get("label", "label"): labels}), path)
    return path
