"""Parquet files of images, as public hubs ship data sets."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transfer.datasets._places import files_of
from transfer.datasets._table import read_parquet


def parquet(
    *,
    part: Literal["train", "test"],
    train: Path | str,
    test: Path | str,
    image: str = "image",
    label: str = "label",
    size: int | None = None,
    scale: int = 1,
) -> tuple[NDArray[np.uint8], NDArray[np.generic]]:
    """Images in a column of Parquet files, one file or a folder of them for each part.

    The column holds the bytes of pictures (alone, or as struct<bytes, path>), cut square and resized to `size` where
    it is given, or lists of numbers, bytes or from 0 to `scale`.
    """
    files = files_of(train if part == "train" else test, ".parquet", "parquet")
    return read_parquet(files, f"parquet ({part})", image=image, label=label, size=size, scale=scale)
