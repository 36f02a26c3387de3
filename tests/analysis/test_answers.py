import string
from dataclasses import replace

import pytest

from analysis.afterwards import FUNCTIONS
from analysis.answers import Layout, after, answer, hints, layout
from analysis.questions import Question, questions
from tests.analysis.made import random_results, tables

ALL = questions("queries", "audits")


@pytest.fixture(scope="module")
def connection():
    results = random_results(2)
    rows = {"models": results.models, "crafts": results.crafts, "predictions": results.predictions}
    return tables(**rows, crafted=results.crafted)


@pytest.mark.parametrize("name", ALL)
def test_what_a_header_asks_for_is_there(connection, name):
    assert set(hints(ALL[name], "Then")) <= FUNCTIONS.keys()
    found = answer(connection, name)
    shape = layout(ALL[name])
    if shape:
        said = {field for line in shape.cell for _, field, _, _ in string.Formatter().parse(line) if field}
        # Of a question that has no rows here, the columns that come after SQL are those of a row of nulls.
        names = found.names if found.rows else after(ALL[name], [dict.fromkeys(found.names)])[0]
        assert {*shape.down, *shape.across, *shape.each, *said} <= set(names)
        assert shape.cell and shape.beneath
    for word in ("Then", "Cell", "Beneath", "Laid out"):
        lines = [line for line in ALL[name].sql.splitlines() if line.startswith(f"-- {word}")]
        assert len(lines) == len(hints(ALL[name], word)), "a hint that is not read"


def test_rows_are_those_of_sql_where_nothing_comes_afterwards(connection):
    found = answer(connection, "transfer_matrix")
    assert found.rows == connection.execute("from transfer_matrix").fetchall()
    assert found.layout is None


def test_a_layout_is_read_and_one_that_cannot_be_is_named():
    asked = Question(
        "x", "queries", "-- One row.\n-- Laid out: a, b down, c across, one for each d\n-- Cell: {e}\nselect 1"
    )
    assert layout(asked) == Layout(("a", "b"), ("c",), ("d",), ("{e}",), ())
    with pytest.raises(ValueError, match=r"x: cannot read the hint 'a across'"):
        layout(replace(asked, sql="-- Laid out: a across\nselect 1"))
