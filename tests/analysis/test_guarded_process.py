"""What a locked connection refuses, tried on one: a process of its own for each statement would take minutes."""

import os

import duckdb
import pytest

from analysis.database import QUIET, fill
from analysis.guarded_process import lock, needed, operators, refuse_writing, select, statement, told
from tests.analysis.made import random_results
from transfer.errors import TransferError

MADE = random_results(holes=0.1)
OUT = "/tmp/transfer-sql-must-not-exist"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return MADE.commit(tmp_path_factory.mktemp("results") / "made")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch") / "copy.duckdb"


@pytest.fixture(scope="module")
def locked(store, copy):
    connection = duckdb.connect(str(copy), config=QUIET)
    fill(connection, store, copied={"predictions", "crafted"})
    lock(connection, 1)
    return connection


def asked(connection, text):
    query = statement(connection, text)
    try:
        return select(connection, query)
    except duckdb.Error as error:
        raise told(connection, query, error, 1) from error


@pytest.mark.parametrize(
    "query", ["describe trials", "summarize crafts", "show tables", "from trials", "values (1)", "table models"]
)
def test_what_only_reads_is_allowed(locked, query):
    names, rows = asked(locked, query)
    assert names and rows


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("select * from read_csv('/etc/passwd')", {"Q083"}),
        ("select content from read_text('/etc/passwd')", {"Q083"}),
        ("from read_blob('/etc/passwd')", {"Q083"}),
        ("from '/etc/passwd'", {"Q083", "Q088"}),
        ("from 'x.parquet'", {"Q083"}),
        ("from glob('/*')", {"Q083"}),
        ("from sniff_csv('/etc/passwd')", {"Q083"}),
        ("from parquet_metadata('/x.parquet')", {"Q083"}),
        ("select * from read_parquet(getvariable('x'))", {"Q083", "Q088"}),
        (f"with x as (copy (select 1) to '{OUT}') from x", {"Q083"}),
        ("with x as (insert into models select * from models returning *) from x", {"Q084"}),
        ("with x as (delete from models returning *) from x", {"Q084"}),
        ("with x as (update models set name = 'x' returning *) from x", {"Q084"}),
        (f"copy models to '{OUT}'", {"Q084"}),
        (f"attach '{OUT}'", {"Q084"}),
        (f"export database '{OUT}'", {"Q084"}),
        ("import database '/tmp'", {"Q084"}),
        ("set threads = 1", {"Q084"}),
        ("set enable_external_access = true", {"Q084"}),
        ("set variable x = 1", {"Q084"}),
        ("reset lock_configuration", {"Q084"}),
        ("install httpfs", {"Q084"}),
        ("load httpfs", {"Q084"}),
        ("pragma database_list", {"Q084"}),
        ("call enable_logging(storage = 'file')", {"Q084"}),
        ("explain analyze select 1", {"Q084"}),
        ("create table x as select 1", {"Q084"}),
        ("create secret (type s3)", {"Q084"}),
        ("drop table models", {"Q084"}),
        ("insert into models select * from models", {"Q084"}),
        ("prepare x as select 1", {"Q084"}),
        ("begin", {"Q084"}),
        ("use system", {"Q084"}),
        ("checkpoint", {"Q084"}),
        ("vacuum", {"Q084"}),
        ("connect 'quack:somewhere'", {"Q084"}),
        ("select 1; select 2", {"Q085"}),
        ("select 1; drop table models", {"Q085"}),
        ("", {"Q085"}),
        ("-- nothing", {"Q085"}),
        ("select", {"Q088"}),
        ("select 'x'::int", {"Q088"}),
    ],
)
def test_what_writes_or_looks_outside_is_refused_with_one_line(locked, store, query, codes):
    with pytest.raises(TransferError) as caught:
        asked(locked, query)
    assert caught.value.code in codes
    assert "\n" not in caught.value.text
    assert not os.path.lexists(OUT)
    assert locked.execute("select count(*) from models").fetchone() == (len(MADE.models),)


def test_the_copy_cannot_be_overwritten_though_the_lock_does_not_refuse_its_path(locked, copy):
    before = copy.read_bytes()
    # DuckDB 2.0.0 would write over its own open database, 2.0.1 refuses to; the look at the plan needs neither.
    with pytest.raises(TransferError, match=r"Q084.*writes \(COPY_TO_FILE\)|Q088.*Cannot COPY"):
        asked(locked, f"with x as (copy (select 1) to '{copy}') from x")
    assert copy.read_bytes() == before


def test_the_plan_is_looked_at_to_its_leaves():
    assert list(operators([{"name": "A", "children": [{"name": "B", "children": [{"name": "C"}]}]}])) == ["A", "B", "C"]
    connection = duckdb.connect()
    connection.execute("create table t as select 1 as a")
    deep = "with x as (delete from t returning *) select * from (select * from x) where a in (select 1)"
    with pytest.raises(TransferError, match=r"Q084.*\(DELETE\)"):
        refuse_writing(connection, deep)


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("select 1", set()),
        ("from models", set()),
        ("from transfer_matrix", {"predictions"}),
        ("from Main.Clean_Accuracy", {"predictions", "trained"}),
        ("with predictions as (from predictions) from predictions", {"predictions"}),
        ("select (select count(*) from crafted)", {"crafted"}),
        ("describe trials", {"predictions"}),
        ("from range(3)", set()),
        ("from query_table('predictions')", {"predictions", "crafted", "trained", "measured"}),
        ("from query('from trials')", {"predictions", "crafted", "trained", "measured"}),
        ("pivot trials on role using count(*)", {"predictions", "crafted", "trained", "measured"}),
    ],
)
def test_every_table_that_a_query_may_read_is_copied(query, tables):
    assert needed(duckdb.connect(), query) == tables


def test_a_copy_holds_what_the_files_hold(locked):
    (count,) = locked.execute("select count(*) from predictions").fetchone()
    assert count == len(MADE.predictions)


def test_a_misspelt_column_names_the_columns(locked):
    with pytest.raises(TransferError) as caught:
        asked(locked, "select surogate from trials")
    assert '"surogate"' in caught.value.text and '"surrogate"' in caught.value.text
    assert "Columns of 'trials': surrogate, target, attack," in caught.value.text


def test_a_misspelt_table_names_the_tables(locked):
    with pytest.raises(TransferError, match=r"Q088.*trails.*Did you mean .trials..* Known: .*clean_accuracy, "):
        asked(locked, "select * from trails")
