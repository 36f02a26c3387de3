from analysis.answers import Answer, Layout
from analysis.crosstab import crosstab
from analysis.text import width

LAYOUT = Layout(
    ("made",), ("shown",), (), ("{published:g} / {ours:.1f}", "{low:+.0f} to {high:+.0f}"), ("What it says.",)
)
NAMES = ("made", "shown", "published", "ours", "low", "high")


def rows(*values):
    return Answer("x", "One row per cell.", NAMES, tuple(dict(zip(NAMES, row, strict=True)) for row in values), LAYOUT)


def test_a_cell_stands_where_its_edges_meet_and_lines_without_values_are_left_out():
    answer = rows(("a", "A", 10.0, 12.34, -3.0, 8.0), ("a", "B", 5, 6, None, 8), ("b", "B", 6.25, None, None, None))
    assert crosstab(answer, LAYOUT) == (
        "One row per cell.\n"
        "\n"
        "made \\ shown          A          B\n"
        "\n"
        "a             10 / 12.3    5 / 6.0\n"
        "               -3 to +8\n"
        "\n"
        "b                                ·\n"
        "\n"
        "What it says.\n"
    )


def test_each_value_of_a_third_column_has_a_table_of_its_own_with_its_own_edges():
    answer = rows(("a", "A", 1, 2, 3, 4), ("b", "B", 5, 6, 7, 8))
    text = crosstab(answer, Layout(("low",), ("shown",), ("made",), ("{ours}",), ()))
    one, other = text.split("made b")
    assert "made a" in one and "A" in one and "B" not in one.replace("low \\ shown  ", "")
    assert "B" in other


def test_names_that_would_do_harm_or_are_long_are_broken_and_spelled_out():
    answer = rows(("\x1b[2J", "神" * 30, 1, 2, 3, 4), ("a name of many words and letters", "B", 5, 6, 7, 8))
    text = crosstab(answer, LAYOUT)
    assert "\x1b" not in text
    assert max(map(width, text.split("\n"))) < 60


def test_no_rows_are_a_heading():
    assert crosstab(rows(), LAYOUT).startswith("One row per cell.\n")
