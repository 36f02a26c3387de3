"""Equal values have one name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfer.identity import canonical, digest

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), plain, max_size=6))
def test_the_order_of_keys_does_not_matter(value):
    backwards = dict(reversed(list(value.items())))
    assert digest(value) == digest(backwards)


def test_a_whole_float_and_the_whole_number_are_one_value():
    assert digest({"epsilon": 1.0}) == digest({"epsilon": 1})
    assert digest(0.1) != digest(0.1000001)


def test_tuples_are_lists_and_text_is_not_a_number():
    assert canonical((1, [2])) == "[1,[2]]"
    assert digest("1") != digest(1)
    assert digest(True) != digest(1)


@pytest.mark.parametrize("value", [object(), {1, 2}, lambda: None, b"bytes", {1: "key"}])
def test_what_has_no_stable_form_is_refused(value):
    with pytest.raises(TypeError):
        digest(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_equal_nothing_are_refused(value):
    with pytest.raises(ValueError):
        digest({"epsilon": value})
