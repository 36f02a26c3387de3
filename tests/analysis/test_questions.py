import duckdb
import pytest

from analysis.published import published
from analysis.questions import described, in_order, parsed, question, questions, tables
from analysis.tables import DESCRIBED, PARQUET
from tests.analysis.made import random_results
from tests.analysis.made import tables as tables_of
from transfer.errors import TransferError

ALL = questions()
LINES = 60


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_a_question_says_what_one_row_is_and_what_is_left_out_and_is_one_select(one):
    assert one.summary.startswith("One row per ")
    assert len(one.comment.split("\n")) >= 3, "the comment says only what one row is"
    statements = duckdb.connect().extract_statements(one.sql)
    assert [statement.type for statement in statements] == [duckdb.StatementType.SELECT]
    assert len(one.sql.splitlines()) <= LINES
    assert max(map(len, one.sql.splitlines())) <= 120
    assert one.name not in DESCRIBED and one.name not in PARQUET


def test_names_are_unique_across_folders():
    names = [name for kind in ("views", "queries", "audits") for name in questions(kind)]
    assert len(names) == len(set(names)) == len(ALL)


def test_every_question_comes_after_those_that_it_reads():
    connection = duckdb.connect()
    seen: set[str] = set()
    for one in in_order(connection, ALL):
        assert tables(parsed(connection, one.sql)) & ALL.keys() <= seen
        seen.add(one.name)
    assert seen == set(ALL)


@pytest.fixture(scope="module")
def connection():
    results = random_results(1, holes=0.2)
    return tables_of(models=results.models, crafts=results.crafts, predictions=results.predictions)


@pytest.mark.parametrize("one", ALL.values(), ids=ALL)
def test_a_view_carries_its_comment_and_gives_equal_rows_twice(one, connection):
    (comment,) = connection.execute("select comment from duckdb_views() where view_name = $1", [one.name]).fetchone()
    assert comment == one.comment
    first, again = (connection.execute(f"from {one.name}").fetchall() for _ in range(2))
    if one.kind == "views":  # what questions read, which bring their own order
        first, again = (sorted(rows, key=repr) for rows in (first, again))
    assert first == again


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("with a as (from Trials) from a join main.crafts using (craft)", {"a", "trials", "crafts"}),
        ("select * from x where y in (select z from w)", {"x", "w"}),
        ("summarize trials", {"trials"}),
        ("select 1", set()),
    ],
)
def test_the_tables_of_a_select_are_found_wherever_they_stand(sql, expected):
    assert tables(parsed(duckdb.connect(), sql)) == expected


def test_an_unknown_question_names_the_one_that_was_meant():
    with pytest.raises(
        TransferError, match=r"Q089.*'transfer_matrx'. Did you mean 'transfer_matrix'\? Known: accuracy_over"
    ):
        question("transfer_matrx")


def test_everything_that_can_be_asked_is_described():
    rows = described()
    assert {name for name, _, _ in rows} == {*ALL, *DESCRIBED, *PARQUET, *published()}
    assert all(meaning.startswith("One row") for _, _, meaning in rows)
