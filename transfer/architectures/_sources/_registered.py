"""The networks that an installed library registers, read from its source and never imported."""

import re
from dataclasses import replace
from functools import cache
from importlib.machinery import PathFinder
from importlib.metadata import version
from pathlib import Path

from transfer import signatures
from transfer.catalog import did_you_mean
from transfer.signatures import Signature

REGISTERED = re.compile(r"^@register_model(?:\(.*\))?\n(?:@.*\n)*def (\w+)\(", re.MULTILINE)
NAMED = 8  # known names in a message; a library has hundreds


def registered(library: str) -> dict[str, Path]:
    """The names that a library's `@register_model` makes known, each with its file; none where it is not installed."""
    spec = PathFinder.find_spec(library)
    folders = [Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]
    return {name: file for folder in folders for file, names in _registered(folder).items() for name in names}


@cache
def _registered(folder: Path) -> dict[Path, tuple[str, ...]]:
    files = sorted(folder.joinpath("models").glob("*.py"))
    return {file: tuple(REGISTERED.findall(file.read_text(encoding="utf-8"))) for file in files}


def file_of(library: str, name: str, extra: str) -> Path:
    """The file of a network. Raises LookupError with the nearest name, or how to install the library."""
    known = registered(library)
    if not known:
        raise LookupError(f"'{library}:{name[:64]}' needs {library}, which is not installed. Install {extra}")
    if name not in known:
        listed = ", ".join(sorted(known)[:NAMED])
        raise LookupError(
            f"{library} {version(library)} has no network {name[:64]!r}.{did_you_mean(name, known)} "
            f"Known: {listed}, ... ({len(known)})."
        )
    return known[name]


def described(source: str, library: str, name: str) -> Signature:
    """The signature of the file that builds a library's networks, as that of one of them."""
    found = signatures.read(Path(source).read_bytes(), library)
    return replace(
        found,
        summary=f"{name} of {library} {version(library)}: {found.summary}",
        inputs=found.inputs[1:],  # without the name
        revision=f"{library} {version(library)}, {found.revision}",
    )
