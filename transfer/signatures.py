"""What a function's source says of it, read without running a line of it."""

import ast
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Required:
    """The default of a setting that has none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()


@dataclass(frozen=True)
class Setting:
    """A keyword-only parameter, with its annotation as it is written or, without one, guessed."""

    name: str
    annotation: str
    default: Any = REQUIRED


@dataclass(frozen=True)
class Signature:
    """A function's parameters, the first line of its docstring, and the REVISION of its file."""

    summary: str
    inputs: tuple[str, ...]  # positional
    settings: tuple[Setting, ...]  # keyword-only
    revision: int | str
    has_gradient: bool = True  # GRADIENT of its file: an architecture's answers have one, an attack takes some


@lru_cache(maxsize=256)
def read(source: bytes, function: str) -> Signature:
    """The signature of a top-level function.

    Raises SyntaxError or ValueError where the source is not Python or a default is no constant, and KeyError with
    the functions that there are where this one is missing.
    """
    module = ast.parse(source)
    functions = {item.name: item for item in module.body if isinstance(item, ast.FunctionDef)}
    if function not in functions:
        raise KeyError(*functions)
    found, constants = functions[function], _constants(module)
    arguments = found.args
    settings = tuple(
        setting(argument, REQUIRED if default is None else constant(default, constants))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    )
    return Signature(
        summary=(ast.get_docstring(found) or "").partition("\n")[0],
        inputs=tuple(argument.arg for argument in [*arguments.posonlyargs, *arguments.args]),
        settings=settings,
        revision=constants.get("REVISION", 1),
        has_gradient=constants.get("GRADIENT", True),
    )


def setting(argument: ast.arg, default: Any) -> Setting:
    """A parameter as a setting of a study."""
    if argument.annotation:
        return Setting(argument.arg, ast.unparse(argument.annotation), default)
    # Nobody said what it takes: what its default is, else a number where the text is one.
    is_plain = isinstance(default, bool | int | float | str)
    return Setting(argument.arg, type(default).__name__ if is_plain else "float | str", default)


def _constants(module: ast.Module) -> dict[str, Any]:
    constants: dict[str, Any] = {}
    for item in module.body:
        if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
            try:
                constants[item.targets[0].id] = constant(item.value, constants)
            except ValueError:
                continue  # no constant; that matters only where a default uses it
    return constants


def constant(node: ast.expr, constants: Mapping[str, Any]) -> Any:
    """The value of a literal, of arithmetic on literals (8 / 255), of a constant of the module."""
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = constant(node.left, constants), constant(node.right, constants)
        if isinstance(left, int | float) and isinstance(right, int | float):
            return ARITHMETIC[type(node.op)](left, right)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        text = f"line {node.lineno}: {ast.unparse(node)} is not a constant; write the value itself"
        raise ValueError(text) from None
