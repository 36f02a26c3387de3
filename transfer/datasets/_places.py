"""Where data is looked for, and what a person is told where it is not."""

import os
from collections.abc import Sequence
from pathlib import Path

from transfer.errors import EnvironmentProblem

VARIABLE = "TRANSFER_DATA"
DEBIAN = "/usr/share/datasets"  # where the packages dataset-* of Debian and Ubuntu install

Layout = tuple[str, tuple[str, ...]]  # a folder below a place; patterns, each of which must be met in it


def cache() -> Path:
    """The folder of this program below the person's cache: downloads, and pictures that were decoded before."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "transfer")


def home() -> Path:
    """Where data goes that a person asks for without saying where."""
    return Path(os.environ.get(VARIABLE) or cache())


def find(name: str, path: Path | str | None, layouts: Sequence[Layout], remedy: str) -> tuple[str, list[list[Path]]]:
    """The folder of the first layout that is met, and the files of each of its patterns.

    A study's `path` is the place itself or the folder of a layout, and then nothing else is looked at. Raises
    EnvironmentProblem with where was looked and with `remedy`, how to get the data.
    """
    looked = []
    for place, why in _places(path):
        looked.append(f"{place} ({why})" if why else str(place))
        for layout, patterns in layouts:
            for folder in (place / layout, place) if path else (place / layout,):
                found = [sorted(folder.glob(pattern)) for pattern in patterns]
                if all(found):
                    return layout, found
    wanted = ", ".join(_shown(*layout) for layout in layouts)
    text = f"{name}: not found. Looked in {'; '.join(looked)} for {wanted}"
    raise EnvironmentProblem("D042", f"{text}. {remedy}")


def _places(path: Path | str | None) -> list[tuple[Path, str]]:
    if path:
        return [(Path(path), "the study's path")]
    named = os.environ.get(VARIABLE)
    places = [(Path(named), VARIABLE)] if named else []
    return [*places, (cache(), "" if named else f"{VARIABLE} is not set"), (Path(DEBIAN), "")]


def _shown(layout: str, patterns: Sequence[str]) -> str:
    return layout if layout and len(patterns) > 1 else "/".join(filter(None, (layout, " and ".join(patterns))))


def files_of(path: Path | str, suffix: str, name: str) -> list[Path]:
    """A file, or those of a folder that have a suffix. Raises EnvironmentProblem where there is none."""
    path = Path(path)
    found = sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path]
    if not found or not found[0].is_file():
        what = f"no {suffix} files in it" if path.is_dir() else "no such file or folder"
        raise EnvironmentProblem("D042", f"{name}: {path}: {what}")
    return found
