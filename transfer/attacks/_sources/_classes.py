"""The attack classes of an installed library, read from its source and never imported."""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from transfer import signatures
from transfer.catalog import did_you_mean, installed
from transfer.signatures import REQUIRED, Setting, Signature

SPELLED = {"float", "int", "bool", "str", "Literal"}  # a study has words for these, and none for the others
UNSPELLED = {"dict", "Dict", "Callable"}
NAMED = 8  # known names in a message; a library has dozens
NO_ATTACKS = {"Attack", "AttackModel"}


@dataclass(frozen=True)
class AttackClass:
    """A class, and those that it is made of, nearest first."""

    name: str
    lineage: tuple[ast.ClassDef, ...]

    @property
    def bases(self) -> set[str]:
        """The names of the classes that it is made of."""
        return {one.name for one in self.lineage[1:]}

    @property
    def parameters(self) -> dict[str, tuple[ast.arg, ast.expr | None]]:
        """Those of its constructor, or of the nearest inherited one, each with its default."""
        for item in self._items():
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                positional = [*item.args.posonlyargs, *item.args.args]
                missing = [None] * (len(positional) - len(item.args.defaults))
                defaults = [*missing, *item.args.defaults, *item.args.kw_defaults]
                both = zip([*positional, *item.args.kwonlyargs], defaults, strict=True)
                return {argument.arg: (argument, default) for argument, default in both if argument.arg != "self"}
        return {}

    def returned(self, name: str) -> str | None:
        """The name that a class attribute is bound to, or that a property of that name gives."""
        for item in self._items():
            if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == name:
                return ast.unparse(item.value)
            if isinstance(item, ast.FunctionDef) and item.name == name and isinstance(item.body[-1], ast.Return):
                return ast.unparse(item.body[-1].value or ast.Constant(None))
        return None

    def settings(self, leave_out: Collection[str]) -> Iterator[Setting]:
        """The parameters that a study can spell. Where one cannot be, or is no constant, the library's default holds.

        Raises LookupError where there is no such default.
        """
        for name, (argument, default) in self.parameters.items():
            if name in leave_out:
                continue
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            words = set(re.findall(r"\w+", annotation))
            is_spelled = not annotation or (bool(words & SPELLED) and not words & UNSPELLED)
            if default is None and not is_spelled:
                raise LookupError(f"{self.name!r} needs {name!r}, a {annotation}, which a study cannot spell")
            try:
                value = REQUIRED if default is None else signatures.constant(default, {})
            except ValueError:
                continue
            if is_spelled:
                found = signatures.setting(argument, value)
                yield Setting(name, re.sub(r"\b(Tuple|List)\[", lambda kind: kind[0].lower(), found.annotation), value)

    def _items(self) -> Iterator[ast.stmt]:
        return (item for one in self.lineage for item in one.body)


@dataclass(frozen=True)
class Library:
    """A library of attacks: its name in a study, which is its package, and where it names its attacks."""

    name: str
    distribution: str
    module: str

    @property
    def version(self) -> str:
        """Raises LookupError with how to install it where it is not."""
        source = installed(self.module)
        try:
            if source:
                return version(self.distribution)
        except PackageNotFoundError:
            pass  # another package of that name
        remedy = "Install it with pip install 'transfer-study[attacks]'"
        raise LookupError(f"attacks of {self.name!r} need {self.distribution}, which is not installed. {remedy}")

    def find(self, name: str) -> AttackClass:
        """The class of a name. Raises LookupError with the nearest name."""
        found = self._resolved(self.module, name)
        if found is None:
            known = self._known()
            listed = f"{', '.join(known[:NAMED])}, ... ({len(known)})"
            hint = did_you_mean(name, known)
            raise LookupError(f"{self.distribution} {self.version} has no attack {name[:64]!r}.{hint} Known: {listed}.")
        return AttackClass(name, tuple(self._lineage(*found)))

    def signature(self, found: AttackClass, settings: Collection[Setting], is_aimed: bool, revision: int) -> Signature:
        """An attack as any other of the catalogue; its draws seed what the library draws from."""
        handed = [Setting("draws", "Draws"), *([Setting("goals", "Labels | None", None)] if is_aimed else [])]
        about = (ast.get_docstring(found.lineage[0]) or "").strip().partition("\n")[0]
        return Signature(
            summary=f"{found.name} of {self.distribution} {self.version}: {about}",
            inputs=("model", "images", "labels"),
            settings=(*settings, *handed),
            revision=f"{self.distribution} {self.version}, {revision}",
        )

    def _known(self) -> list[str]:
        """The names that the module of the attacks gives, those that begin like a class."""
        named = set()
        for node in _statements(installed(self.module)):
            if isinstance(node, ast.ImportFrom):
                named |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Assign):
                named.add(ast.unparse(node.targets[0]))
        return sorted(name for name in named - NO_ATTACKS if re.fullmatch(r"[A-Z][A-Za-z0-9]*", name))

    def _resolved(self, module: str, name: str) -> tuple[str, ast.ClassDef] | None:
        """The class that a name means in a module, and the module that defines it."""
        source = installed(module) if module.split(".")[0] == self.name else None
        for node in _statements(source):
            if isinstance(node, ast.ClassDef) and node.name == name:
                return module, node
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                return self._resolved(module, ast.unparse(node.value))
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if name == (alias.asname or alias.name):
                        return self._resolved(_origin(module, source, node), alias.name)
        return None

    def _lineage(self, module: str, found: ast.ClassDef) -> Iterator[ast.ClassDef]:
        yield found
        for base in found.bases:
            above = self._resolved(module, ast.unparse(base))
            if above:
                yield from self._lineage(*above)


@lru_cache(maxsize=256)
def _statements(source: Path | None) -> tuple[ast.stmt, ...]:
    """What stands at the top of a module, also where it depends on what else is installed."""
    body = ast.parse(source.read_bytes()).body if source else []
    conditional = [inner for one in body if isinstance(one, ast.If | ast.Try) for inner in one.body]
    return (*body, *conditional)


def _origin(module: str, source: Path | None, node: ast.ImportFrom) -> str:
    """The full name of the module that an import names, seen from `module`."""
    if not node.level:
        return node.module or ""
    is_package = source is not None and source.name == "__init__.py"
    package = module.split(".") if is_package else module.split(".")[:-1]
    above: list[Any] = package[: len(package) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])
