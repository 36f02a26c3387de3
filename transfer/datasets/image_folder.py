"""A folder of pictures, in which each class is a folder."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transfer.datasets._cache import kept
from transfer.datasets._pictures import SUFFIXES, decoded
from transfer.errors import EnvironmentProblem

NO_IMAGES = ("SHA256SUMS", "Thumbs.db", "desktop.ini")


def image_folder(
    *, part: Literal["train", "test"], train: Path | str, test: Path | str, size: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures in train/CLASS/*.png and test/CLASS/*.png; classes are numbered by the names of train's folders.

    With `size` the largest square in the middle of each is resized to it. A file SHA256SUMS in a part's folder, as
    `sha256sum */*` writes it, is held against the pictures.
    """
    classes = _classes(Path(train))
    folder = Path(train if part == "train" else test)
    unknown = [name for name in _classes(folder) if name not in classes]
    if unknown:
        text = f"{folder}/{unknown[0]}: no class of {train}, which has {', '.join(classes[:20])}"
        raise EnvironmentProblem("D050", text)
    files = [file for name in classes for file in _pictures(folder / name)]
    if not files:
        raise EnvironmentProblem("D042", f"{folder}: no images found; a class is a folder of pictures in it")
    labels = np.array([classes.index(file.parent.name) for file in files], np.int64)
    names = [str(file) for file in files]
    sums = _sums(folder)

    def read(number: int) -> bytes:
        data = files[number].read_bytes()
        _check_sum(data, files[number], sums, folder)
        return data

    # A picture that has changed has another name in the cache, and is held against its sum when it is decoded.
    return kept(files, ["folder", str(size), *sums.values()], lambda: decoded(names, read, size)), labels


def _classes(folder: Path) -> Sequence[str]:
    if not folder.is_dir():
        raise EnvironmentProblem("D042", f"{folder}: no such folder")
    classes = sorted(one.name for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    if not classes:
        raise EnvironmentProblem("D042", f"{folder}: no images found; a class is a folder of pictures in it")
    return classes


def _pictures(folder: Path) -> list[Path]:
    """The pictures of a class; a file of another kind is a mistake that is told."""
    if not folder.is_dir():
        return []
    found = sorted(one for one in folder.iterdir() if not one.name.startswith(".") and one.name not in NO_IMAGES)
    for one in found:
        if one.suffix.lower() not in SUFFIXES or not one.is_file():
            raise EnvironmentProblem("D047", f"{one}: not an image that is read here ({', '.join(SUFFIXES)})")
    return found


def _sums(folder: Path) -> dict[str, str]:
    """The digests that a SHA256SUMS of the folder lists, by path."""
    file = folder / "SHA256SUMS"
    if not file.is_file():
        return {}
    lines = (line.split(maxsplit=1) for line in file.read_text("utf-8").splitlines() if line.strip())
    return {name.removeprefix("*").removeprefix("./"): digest for digest, name in lines}


def _check_sum(data: bytes, file: Path, sums: dict[str, str], folder: Path) -> None:
    name = file.relative_to(folder).as_posix()
    if not sums:
        return
    if name not in sums:
        raise EnvironmentProblem("D045", f"{file}: not listed in {folder}/SHA256SUMS")
    found = hashlib.sha256(data).hexdigest()
    if found != sums[name]:
        text = f"sha256 differs from {folder}/SHA256SUMS ({found[:12]}..., listed {sums[name][:12]}...)"
        raise EnvironmentProblem("D045", f"{file}: {text}. Restore the file")
