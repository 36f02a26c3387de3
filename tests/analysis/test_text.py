import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.text import pad, printable, width, wrap


def test_a_chinese_character_is_two_columns_wide_and_an_accent_none():
    assert width("神经 a") == 6
    assert width("e\N{COMBINING ACUTE ACCENT}") == 1
    assert pad("神", 4) == "神  "
    assert pad("神", 4, True) == "  神"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x1b[31mb", r"a\x1b[31mb"), ("a\nb", r"a\nb"), ("a\u202eb", r"a\u202eb"), ("神 <b>$x$", "神 <b>$x$")],
)
def test_no_text_moves_the_cursor_turns_the_line_or_sets_a_colour(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_what_is_printable_has_no_control_character_and_stays_so(text):
    shown = printable(text)
    assert not {unicodedata.category(one) for one in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert printable(shown) == shown


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))), st.integers(2, 20), st.integers(1, 5))
def test_wrapped_lines_keep_to_the_width_and_to_the_number_of_lines(text, to, lines):
    wrapped = wrap(text, to, lines)
    assert len(wrapped) <= lines
    assert all(width(line) <= to for line in wrapped)


def test_a_text_breaks_at_spaces_and_what_is_left_out_is_marked():
    assert wrap("crafted on", 8) == ["crafted", "on"]
    assert wrap("FC100-100-10 (P1)", 8) == ["FC100-10", "0-10", "(P1)"]
    assert wrap("one two three four", 5, lines=2) == ["one", "two…"]
    assert wrap("", 5) == [""]
