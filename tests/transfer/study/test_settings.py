"""What a text means to a setting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfer import catalog
from transfer.study.desk import settable
from transfer.study.settings import Misread, read, reader
from transfer.study.sweeps import ATTACK, MODEL
from transfer.study.yaml_text import read_text


def meaning(text: str, annotation: str):
    node = read_text(text, "study.yaml", "setting")
    assert node
    return read(node, annotation)


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("1e-3", "float", 0.001),
        ("8/255", "float", 8 / 255),
        ("1/2", "float", 0.5),
        ("3", "float", 3.0),
        ("12", "int", 12),
        ("no", "bool", False),
        ("True", "bool", True),
        ("no", "str", "no"),
        ("012", "str", "012"),
        ("[100, 100]", "list[int]", [100, 100]),
        ("[100, 100]", "tuple[int, ...]", (100, 100)),
        ("[5, 5]", "tuple[int, int]", (5, 5)),
        ("[1e-5, 1e-6]", "float | tuple[float, ...]", (1e-5, 1e-6)),
        ("1e-5", "float | Sequence[float]", 1e-5),
        ("[1/2]", "float | Sequence[float]", [0.5]),
        ("null", "str | None", None),
        ("3", "Optional[int]", 3),
        ("none", "Optional[int]", None),
        ("0.1", "float | str", 0.1),
        ("auto", "float | str", "auto"),
        ("l2", "Literal['linf', 'l2']", "l2"),
        ("2", "Literal[1, 2]", 2),
        ("0.1", "float | PerImage", 0.1),
    ],
)
def test_a_text_means_what_its_setting_takes(text, annotation, value):
    found = meaning(text, annotation)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "annotation", "code", "told"),
    [
        ("1e-3x", "float", "S013", "'1e-3x' is not a number"),
        ("8/0", "float", "S014", "division by zero in '8/0'"),
        (".nan", "float", "S017", "must be finite"),
        ("-.inf", "float", "S017", "must be finite"),
        ("1e400", "float", "S017", "must be finite"),
        ("012", "int", "S018", "whole number expected, found '012'"),
        ("1.5", "int", "S018", "whole number expected, found '1.5'"),
        ("9" * 40, "int", "S018", "whole number expected"),
        ("maybe", "bool", "S095", "yes or no expected, found 'maybe'"),
        ("linff", "Literal['linf', 'l2']", "S095", "'linff' is none of linf, l2. Did you mean 'linf'?"),
        ("[1]", "int", "S094", "one value expected, found a list"),
        ("{a: 1}", "float", "S094", "a value expected, found a mapping"),
        ("7", "list[int]", "S094", "list[int] expected, found '7'"),
        ("[1, 2, 3]", "tuple[int, int]", "S094", "tuple[int, int] expected, found a list"),
        ("[1, x]", "float | list[float]", "S013", "'x' is not a number"),
        ("[{a: 1}]", "list[float]", "S094", "one value expected"),
        ("1", "Draws", "S030", "which a study cannot spell"),
    ],
)
def test_what_does_not_fit_is_refused_by_a_code_and_a_reason(text, annotation, code, told):
    with pytest.raises(Misread) as problem:
        meaning(text, annotation)
    assert problem.value.code == code
    assert told in problem.value.text


def test_a_wrong_item_of_a_list_is_pointed_at():
    with pytest.raises(Misread) as problem:
        meaning("[1, 2, x]", "list[int]")
    assert str(problem.value.node.place) == "study.yaml:1:8"


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False))
def test_a_number_is_read_to_the_last_bit(value):
    assert meaning(repr(value), "float") == value


@given(st.text(alphabet="0123456789eE+-./ xn", min_size=1, max_size=12).map(str.strip).filter(bool))
def test_any_text_is_a_finite_number_or_refused(text):
    try:
        value = meaning(f"'{text}'", "float")
    except Misread as problem:
        assert problem.code in ("S013", "S014", "S017")
    else:
        assert value == value and abs(value) != float("inf")


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_every_setting_of_the_catalogue_can_be_spelled_in_a_study(kind):
    for name in catalog.names(kind):
        for setting in settable(catalog.describe(kind, name)).values():
            can_be_spelled = setting.annotation in (ATTACK, MODEL) or reader(setting.annotation)
            assert can_be_spelled, f"{kind}/{name}: {setting.name}: {setting.annotation}"
