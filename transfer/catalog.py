"""A folder is a registry: the name in a study is a file, and the file holds the function of that name.

Signatures are read from the source and nothing is imported, so that a driver which never imports torch can check
a study. A person's own function is `module:function`, looked for beside the study file before anywhere else.
What an installed library has is `library:name`, where `_sources/LIBRARY.py` of the folder speaks for the library: its
`describe(name)` gives the signature without importing torch or the library, its `load(name)` the function.
"""

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from transfer import signatures
from transfer.signatures import REQUIRED, Setting

__all__ = ["HANDED_OVER", "KINDS", "REQUIRED", "Description", "Setting", "describe", "load", "names"]

KINDS = ("attacks", "architectures", "datasets", "recipes", "probes")
# Given by the stage that calls the function, never by a study.
HANDED_OVER = frozenset(
    "model models other images labels crafted pool module shape classes part perturbations draws goals trace".split()
)
OWN = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<function>[A-Za-z_]\w*)", re.ASCII)
LIBRARY = re.compile(r"[a-z]\w*", re.ASCII)
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Description:
    """What the catalogue knows of a function without importing it."""

    kind: str
    name: str
    summary: str  # the first line of its docstring
    inputs: tuple[str, ...]  # positional parameters
    settings: tuple[Setting, ...]  # keyword-only parameters, handed-over ones included
    revision: int | str  # REVISION of its file; for `module:function` the SHA-256 of the file; a library's version
    source: Path
    travels: bool  # the file lies beside the study file and must reach every worker
    has_gradient: bool = True  # GRADIENT of its file: an architecture's answers have one, an attack takes some


def names(kind: str) -> tuple[str, ...]:
    """The names a study may use: the files of the folder that do not begin with an underscore."""
    if kind not in KINDS:
        raise LookupError(f"no folder is called {kind!r}. Known: {', '.join(KINDS)}.")
    return tuple(sorted(path.stem for path in (FOLDER / kind).glob("*.py") if not path.stem.startswith("_")))


def describe(kind: str, name: str, folder: Path | None = None) -> Description:
    """The inputs, settings and revision of a function, read from its source; `folder` holds the study file.

    Raises LookupError where there is no such function, ValueError where its signature cannot be read.
    """
    library = _library(kind, name)
    if library and not _beside(name, folder):
        found = library.describe(name.partition(":")[2])
        source = Path(library.__file__)
        return Description(kind, name, found.summary, found.inputs, found.settings, found.revision, source, False)
    source, function, travels = _find(kind, name, folder)
    text = source.read_bytes()
    try:
        found = signatures.read(text, function)
    except KeyError as others:
        hint = did_you_mean(function, others.args)
        raise LookupError(f"{source} defines no function {function!r}.{hint}") from None
    except (SyntaxError, ValueError, RecursionError) as problem:
        raise ValueError(f"{source} cannot be read: {problem}") from None
    digest = hashlib.sha256(text).hexdigest()
    own = digest if travels else f"installed {digest}"  # what is installed does not travel: each worker has its own
    revision = own if ":" in name else found.revision
    told = (kind, name, found.summary, found.inputs, found.settings, revision, source, travels)
    return Description(*told, has_gradient=found.has_gradient)


def load(kind: str, name: str, source: Path | None = None) -> Callable[..., Any]:
    """The function itself; `source` is the file in which a `module:function` travelled."""
    library = _library(kind, name)
    if library and not source:
        return library.load(name.partition(":")[2])
    if ":" in name:
        module_name, function = _own(name)
        module: Any = _from_file(source) if source else importlib.import_module(module_name)
    else:
        _check_known(kind, name)
        module, function = importlib.import_module(f"transfer.{kind}.{name}"), name
    found: Callable[..., Any] | None = getattr(module, function, None)
    if found is None:
        raise LookupError(f"{module.__file__} defines no function {function!r}.")
    return found


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The hint of an error about a name; nothing where no known name is near."""
    known = list(known)
    # Comparing is quadratic in the length, and nobody means a name by a page of text.
    like = get_close_matches(name, known, n=3) if len(name) <= 64 else []
    # What it is short for (eps, epsilon), or has its letters (pdg, pgd), is nearer than what merely looks like it.
    short = [one for one in known if len(name) > 2 and one.startswith(name)]
    near = [*short, *(one for one in like if sorted(one) == sorted(name)), *like]
    return f" Did you mean {near[0]!r}?" if near else ""


def _check_known(kind: str, name: str) -> None:
    known = names(kind)
    if name not in known:
        listed = ", ".join(known) or "none"
        singular = "data set" if kind == "datasets" else kind.removesuffix("s")
        raise LookupError(f"unknown {singular} {name[:64]!r}.{did_you_mean(name, known)} Known: {listed}.")


def _own(name: str) -> tuple[str, str]:
    parts = OWN.fullmatch(name)
    if not parts:
        raise LookupError(f"{name[:64]!r} is not of the form module:function.")
    return parts["module"], parts["function"]


def _find(kind: str, name: str, folder: Path | None) -> tuple[Path, str, bool]:
    if ":" not in name:
        _check_known(kind, name)
        return FOLDER / kind / f"{name}.py", name, False
    module, function = _own(name)
    beside = _beside(name, folder)
    if beside:
        return beside, function, True
    source = installed(module)
    if not source:
        raise LookupError(f"no module {module!r} beside the study file ({folder}) and none is installed.")
    return source, function, False


def _beside(name: str, folder: Path | None) -> Path | None:
    """The module of a `module:function` that lies beside the study file."""
    if folder is None or not OWN.fullmatch(name):
        return None
    beside = folder.joinpath(*_own(name)[0].split(".")).with_suffix(".py")
    if not beside.is_file():
        return None
    if not beside.resolve().is_relative_to(folder.resolve()):
        raise LookupError(f"{beside} leads out of the study's folder; put the file itself there.")
    return beside


def _library(kind: str, name: str) -> Any:
    """What speaks for the library of a `library:name`; None where the name is of another form."""
    prefix, colon, _ = name.partition(":")
    source = FOLDER / kind / "_sources" / f"{prefix}.py"
    if not colon or not LIBRARY.fullmatch(prefix) or not source.is_file():
        return None
    return importlib.import_module(f"transfer.{kind}._sources.{prefix}")


def installed(module: str) -> Path | None:
    """The file of an installed module, found without importing it or its package; None where there is none."""
    # find_spec("package.module") would import the package; looking for each part where the last lies does not.
    first, *rest = module.split(".")
    spec = PathFinder.find_spec(first)
    for part in rest:
        folders = spec and spec.submodule_search_locations
        spec = PathFinder.find_spec(part, folders) if folders else None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def _from_file(source: Path) -> Any:
    # Named by its content: an edited module is another module, and an equal one is loaded once.
    name = f"transfer_own_{hashlib.sha256(source.read_bytes()).hexdigest()}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, source)
        if spec is None or spec.loader is None:
            raise LookupError(f"{source} is no Python file.")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(sys.modules[name])
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]
