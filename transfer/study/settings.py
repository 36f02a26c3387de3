"""What a text means: the annotation of the setting decides, read as it is written and never imported."""

import ast
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from transfer.catalog import did_you_mean
from transfer.study.nodes import NOTHING, List, Map, Node, Text
from transfer.study.problems import quoted

CODE = re.compile(r"[A-Z][0-9]{3}")
WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]{0,18})")
DECIMAL = re.compile(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,4})?")
RATIO = re.compile(r"([+-]?[0-9]{1,15})\s?/\s?([0-9]{1,15})")
NOT_FINITE = re.compile(r"[+-]?\.?(nan|inf|infinity)", re.IGNORECASE)
YES, NO = ("yes", "true", "on"), ("no", "false", "off")


def misfit(code: str, text: str) -> PydanticCustomError:
    """The error of a text that does not fit its setting, in the form that pydantic hands through."""
    return PydanticCustomError(code, "{text}", {"text": text})


def number(text: str) -> float | Fraction:
    """The number that `1e-3`, `8/255` or `1/2` is."""
    ratio = RATIO.fullmatch(text)
    if ratio and not int(ratio[2]):
        raise misfit("S014", f"division by zero in {quoted(text)}")
    if ratio:
        return Fraction(int(ratio[1]), int(ratio[2]))
    is_number = DECIMAL.fullmatch(text)
    if NOT_FINITE.fullmatch(text) or (is_number and not math.isfinite(float(text))):
        raise misfit("S017", f"must be finite, found {quoted(text)}")
    if not is_number:
        raise misfit("S013", f"{quoted(text)} is not a number")
    return float(text)


def whole(text: str) -> int:
    """The whole number that a text is; 012 is none, since nobody can know in which base."""
    if not WHOLE.fullmatch(text):
        raise misfit("S018", f"whole number expected, found {quoted(text)}")
    return int(text)


def flag(text: str) -> bool:
    """Yes or no."""
    if text.lower() not in YES + NO:
        raise misfit("S095", f"yes or no expected, found {quoted(text)}")
    return text.lower() in YES


def nothing(text: str) -> None:
    """The absence of a value, written out."""
    if text not in NOTHING:
        raise misfit("S095", f"none expected, found {quoted(text)}")


def _text(meaning: Callable[[str], Any]) -> BeforeValidator:
    """A reader of one text, where a list may stand by mistake."""

    def checked(given: Any) -> Any:
        if not isinstance(given, str):
            raise misfit("S094", "one value expected, found a list")
        return meaning(given)

    return BeforeValidator(checked)


KINDS: Mapping[str, Any] = {
    "float": Annotated[float, _text(lambda text: float(number(text)))],
    "int": Annotated[int, _text(whole)],
    "bool": Annotated[bool, _text(flag)],
    "str": Annotated[str, _text(str)],
    "Path": Annotated[str, _text(str)],
    "None": Annotated[None, _text(nothing)],
}


@lru_cache(maxsize=512)
def reader(annotation: str) -> Callable[[Any], Any] | None:
    """What reads the values of an annotation; None where a study file cannot spell one (a Tensor, a Module)."""
    try:
        kind = _kind(ast.parse(annotation.strip(), mode="eval").body)
    except (LookupError, TypeError, SyntaxError):
        return None
    return TypeAdapter(kind).validate_python


def _kind(node: ast.expr) -> Any:
    """The type that an annotation means to a study; raises LookupError where it means none."""
    match node:
        case ast.Constant(value=None):
            return KINDS["None"]
        case ast.Constant(value=str() as quoted_annotation):
            return _kind(ast.parse(quoted_annotation, mode="eval").body)
        case ast.Name(id=name):
            return KINDS[name]
        case ast.Attribute(attr=name):
            return KINDS[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([left, right])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inside):
            parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            return _generic(name, parts)
    raise LookupError(ast.unparse(node))


def _generic(name: str, parts: list[ast.expr]) -> Any:
    if name == "Literal":
        return _literal([ast.literal_eval(part) for part in parts])
    if name == "Union":
        return _union(parts)
    if name == "Optional":
        return _union([*parts, ast.Constant(None)])
    if name == "tuple":
        return tuple[tuple(... if ast.unparse(part) == "..." else _kind(part) for part in parts)]  # type: ignore[misc]
    return {"list": list, "Sequence": list}[name][_kind(parts[0])]


def _union(parts: list[ast.expr]) -> Any:
    # A tensor beside a number is for the stages; the number is what a study can spell.
    kinds = []
    for part in parts:
        with suppress(LookupError):
            kinds.append(_kind(part))
    if not kinds:
        raise LookupError("nothing that a study can spell")
    if len(kinds) == 1:
        return kinds[0]
    # Text fits everything, so it is tried last.
    kinds.sort(key=lambda kind: kind == KINDS["str"])
    return Annotated[Union[tuple(kinds)], Field(union_mode="left_to_right")]  # noqa: UP007


def _literal(values: list[Any]) -> Any:
    known = {str(value): value for value in values}

    def one_of(given: str) -> Any:
        if given not in known:
            hint = did_you_mean(given, known)
            raise misfit("S095", f"{quoted(given)} is none of {', '.join(known)}.{hint}")
        return known[given]

    return Annotated[Literal[tuple(values)], _text(one_of)]


def read(node: Node, annotation: str) -> Any:
    """What a node means to a setting of this annotation. Raises Misread with the place and the code."""
    meaning = reader(annotation)
    if meaning is None:
        raise Misread(node, "S030", f"is a {annotation}, which a study cannot spell")
    if isinstance(node, Map):
        raise Misread(node, "S094", "a value expected, found a mapping")
    try:
        return meaning(_plain(node))
    except ValidationError as problem:
        # The deepest of a union's complaints is about the form that the person meant.
        worst = max(
            problem.errors(include_url=False), key=lambda one: (len(_steps(one)), bool(CODE.fullmatch(one["type"])))
        )
        for step in _steps(worst):
            node = node.items[step] if isinstance(node, List) and step < len(node.items) else node
        if CODE.fullmatch(worst["type"]):
            raise Misread(node, worst["type"], worst["msg"]) from None
        raise Misread(node, "S094", f"{annotation} expected, found {_shown(node)}") from None


def takes_lists(annotation: str) -> bool:
    """A list is one value of such a setting, and a list of lists makes one of each."""
    return bool(re.search(r"\b(list|tuple|Sequence)\[", annotation))


class Misread(Exception):
    """A value that its setting cannot take."""

    def __init__(self, node: Node, code: str, text: str) -> None:
        super().__init__(node, code, text)
        self.node, self.code, self.text = node, code, text


def _steps(error: Any) -> list[int]:
    return [step for step in error["loc"] if isinstance(step, int)]


def _plain(node: Node) -> Any:
    items = node.items if isinstance(node, List) else ()
    return node.value if isinstance(node, Text) else [_plain(item) for item in items]


def _shown(node: Node) -> str:
    return quoted(node.value) if isinstance(node, Text) else node.kind
