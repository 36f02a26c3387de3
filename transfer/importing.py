"""Images made elsewhere, read from a folder or a Parquet file and checked against the data that they were made of.

What comes out is one safetensors file: `crafted` (bytes, or float32 in [0, 1]), `image` and `label`, and in its header
the part and the digest of the data. A study names it, and it travels to the workers by its SHA-256.
"""

import csv
import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from safetensors.numpy import save

from transfer.datasets import digest
from transfer.datasets._pictures import picture
from transfer.errors import EnvironmentProblem
from transfer.identity import canonical
from transfer.study.imported import FORMAT

FILE = ("file", "filename", "name")  # headings of a CSV that name a picture
Array = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """The clean images of one part of a data set."""

    name: str
    part: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __str__(self) -> str:
        return f"{self.name} ({self.part})"


@dataclass(frozen=True)
class Taken:
    """Images that were found to be those of the data: what they are, and how large their perturbations."""

    pixels: Array  # uint8, or float32 in [0, 1]
    places: NDArray[np.int64]  # indices of the clean images
    part: Part

    @property
    def linf(self) -> NDArray[np.float32]:
        """The size of each perturbation."""
        scale = np.float32(255) if self.pixels.dtype == np.uint8 else np.float32(1)
        sizes = [
            np.abs(one.astype(np.float32) / scale - self.part.images[place].astype(np.float32) / 255).max()
            for one, place in zip(self.pixels, self.places, strict=True)
        ]
        return np.array(sizes)

    def file(self) -> bytes:
        """The file that a study names, its images in the order of the data."""
        order = np.argsort(self.places)
        held = {
            "crafted": np.ascontiguousarray(self.pixels[order]),
            "image": self.places[order].astype(np.int32),
            "label": self.part.labels[self.places[order]].astype(np.int16),
        }
        about = {"part": self.part.part, "data": digest(self.part.images, self.part.labels), "images": len(order)}
        # One entry: several would come in any order, and equal images in unequal files.
        return save(held, metadata={FORMAT: canonical(about)})


def from_folder(folder: Path, table: Path, part: Part) -> Taken:
    """The PNG files of a folder, each with its index and label in a CSV: `file,image,label`.

    Without a column `image`, row k is of image k: so it is in TransferAttack, whose `labels.csv` has
    `filename,label`. Raises EnvironmentProblem with what is wrong.
    """
    rows = _table(table, part)
    missing = [name for name, _, _ in rows if not (folder / name).is_file()]
    if missing:
        raise EnvironmentProblem("D042", f"{folder} lacks {len(missing)} of {len(rows)} images (first: {missing[0]})")
    named = {name for name, _, _ in rows}
    extra = sorted(path.name for path in folder.glob("*.png") if path.name not in named)
    if extra:
        raise EnvironmentProblem("D052", f"{table} has no row for {len(extra)} images of {folder} (first: {extra[0]})")
    places = _checked([(place, label, name) for name, place, label in rows], part)
    shape = part.images.shape[1:]
    return Taken(np.stack([_picture((folder / name).read_bytes(), name, shape) for name, _, _ in rows]), places, part)


def from_parquet(path: Path, part: Part) -> Taken:
    """The rows of a Parquet file: `image`, `label` and `pixels`, which are the bytes of a PNG or numbers in [0, 1].

    Raises EnvironmentProblem with what is wrong.
    """
    try:
        with path.open("rb") as file:
            rows = pq.read_table(file)
    except pa.ArrowInvalid as problem:
        raise EnvironmentProblem("D056", f"{path} is no Parquet file: {problem}") from None
    lacking = [name for name in ("image", "label", "pixels") if name not in rows.column_names]
    if lacking:
        raise EnvironmentProblem("D052", f"{path} has no column {lacking[0]!r}. Needed: image, label, pixels")
    numbered = zip(rows["image"].to_pylist(), rows["label"].to_pylist(), strict=True)
    places = _checked([(place, label, f"row {row}") for row, (place, label) in enumerate(numbered)], part)
    made = [_pixels(one, f"row {row}", part.images.shape[1:]) for row, one in enumerate(rows["pixels"])]
    return Taken(np.stack(made), places, part)


def _pixels(cell: pa.Scalar, name: str, shape: tuple[int, ...]) -> Array:
    """A cell of a table: the bytes of a PNG, alone or with a path as public hubs ship them, or numbers."""
    value = cell.as_py()
    value = value.get("bytes") if isinstance(value, dict) else value
    return _picture(value, name, shape) if isinstance(value, bytes) else _numbers(value, name, shape)


def _table(table: Path, part: Part) -> list[tuple[str, Any, Any]]:
    """Name, index and label of each row, as they are written."""
    if not table.is_file():
        raise EnvironmentProblem("D042", f"no such file: {table}. It says which label each image has: file,image,label")
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    headings = [heading for heading in FILE if rows and heading in rows[0]]
    if not rows or not headings or "label" not in rows[0]:
        known = ", ".join(rows[0]) if rows else "nothing"
        raise EnvironmentProblem("D052", f"{table} must have columns file, image and label; it has {known}")
    return [(row[headings[0]], row.get("image", place), row["label"]) for place, row in enumerate(rows)]


def _checked(rows: Sequence[tuple[Any, Any, str]], part: Part) -> NDArray[np.int64]:
    """The indices of the clean images; every label must be that of the data."""
    seen: dict[int, str] = {}
    for index, label, name in rows:
        place, given = _whole(index, name, "image"), _whole(label, name, "label")
        if not 0 <= place < len(part.labels):
            raise EnvironmentProblem("D052", f"{name}: image {place}; {part} has images 0 to {len(part.labels) - 1}")
        if place in seen:
            raise EnvironmentProblem("D052", f"{name}: image {place} was given before, as {seen[place]}")
        if given != part.labels[place]:
            text = f"{name}: label {given}, but image {place} of {part} is of class {part.labels[place]}"
            raise EnvironmentProblem("D050", f"{text}. Is the column 'image' the index in the data?")
        seen[place] = name
    if not seen:
        raise EnvironmentProblem("D042", "no images found")
    return np.array(list(seen), dtype=np.int64)


def _whole(written: Any, name: str, column: str) -> int:
    try:
        return int(str(written))
    except ValueError:
        raise EnvironmentProblem("D051", f"{name}: {column} must be a whole number, found {written!r}") from None


def _picture(data: bytes, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The bytes of a PNG, channel by channel."""
    channels, height, width = shape
    if not data.startswith(b"\x89PNG"):
        raise EnvironmentProblem("D047", f"{name}: not a PNG image; other formats may change pixels")
    size = struct.unpack(">II", data[16:24].ljust(8, b"\0"))
    if size != (width, height):  # told before anything is unpacked
        raise EnvironmentProblem("D048", f"{name}: {size[0]}x{size[1]} pixels, the data has {width}x{height}")
    pixels = picture(data, name)
    if pixels.shape[2] != channels:
        raise EnvironmentProblem("D049", f"{name}: {pixels.shape[2]} channels, the data has {channels}")
    return pixels.transpose(2, 0, 1)


def _numbers(values: Any, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    pixels = np.array(list(_flat(values)), dtype=np.float32)
    if pixels.size != np.prod(shape):
        raise EnvironmentProblem("D048", f"{name}: {pixels.size:,} pixels, the data has {'x'.join(map(str, shape))}")
    if not np.isfinite(pixels).all():
        raise EnvironmentProblem("D055", f"{name} holds NaN or infinity")
    if pixels.min() < 0 or pixels.max() > 1:
        raise EnvironmentProblem("D054", f"{name}: pixel values {pixels.min():g} to {pixels.max():g}; expected [0, 1]")
    return pixels.reshape(shape)


def _flat(values: Any) -> Iterator[float]:
    """Numbers in nested lists, as they come."""
    for value in values or ():
        if isinstance(value, list):
            yield from _flat(value)
        else:
            yield float("nan") if value is None else value
