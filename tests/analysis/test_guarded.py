"""A person's SQL reads and never writes: each way out ends in one line."""

import hashlib
import os

import pytest

from analysis.guarded import Limits, ask
from tests.analysis.made import random_results
from transfer.errors import DamagedResults, TransferError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "made"
    random_results(holes=0.1).commit(path)
    return path


def contents(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def refused(folder, query, **limits):
    before = contents(folder)
    with pytest.raises(TransferError) as caught:
        ask(folder, query, limits=Limits(**limits))
    assert contents(folder) == before
    assert "\n" not in caught.value.text
    return caught.value


def test_a_select_is_answered(folder):
    answer, remark = ask(folder, "select name, family from models order by position;", "csv")
    assert (answer, remark) == ("name,family\nlinear,linear\nmlp,mlp\nlenet,lenet\n", "")


OUT = "/tmp/transfer-sql-must-not-exist"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select * from read_csv('/etc/passwd')", "Q083"),
        (f"with x as (copy (select 1) to '{OUT}') from x", "Q083"),
        ("with x as (insert into models select * from models returning *) from x", "Q084"),
        (f"attach '{OUT}'", "Q084"),
        ("select 1; drop table models", "Q085"),
    ],
)
def test_what_writes_or_looks_outside_is_refused_with_one_line(folder, query, code):
    assert refused(folder, query).code == code
    assert not os.path.lexists(OUT)


def test_endless_recursion_is_stopped(folder):
    endless = "with recursive x as (select 1 as a union all select a + 1 from x) select count(*) from x"
    problem = refused(folder, endless, seconds=1)
    assert str(problem) == "error[Q086]: stopped after 1 s (--timeout)"


@pytest.mark.parametrize(
    "query",
    [
        "select list(range) from range(1_000_000_000)",
        "select length(repeat('x', 4_000_000_000))",
    ],
)
def test_too_much_memory_is_refused(folder, query):
    assert str(refused(folder, query, gigabytes=0.3)) == "error[Q087]: needs more than 0.3 GB (--memory)"


def test_what_is_cut_off_is_said(folder):
    answer, remark = ask(folder, "from range(5)", "csv", Limits(rows=2))
    assert answer == "range\n0\n1\n"
    assert remark == "Only the first 2 rows are shown: --rows gives more, 0 all."
    assert ask(folder, "from range(5)", "csv", Limits(rows=0))[0].count("\n") == 6


def test_damage_is_told_before_anything_is_answered(tmp_path):
    random_results(budgets=(0.1,)).commit(tmp_path / "r")
    victim = sorted((tmp_path / "r/objects").iterdir())[0]
    victim.write_bytes(victim.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedResults, match="R078"):
        ask(tmp_path / "r", "select 1")


def test_the_folder_one_stands_in_is_not_imported_from(folder, tmp_path, monkeypatch):
    (tmp_path / "duckdb.py").write_text("raise SystemExit('imported from here')")
    (tmp_path / "analysis.py").write_text("raise SystemExit('imported from here')")
    monkeypatch.chdir(tmp_path)
    assert ask(folder, "select 1 as one", "csv")[0] == "one\n1\n"
