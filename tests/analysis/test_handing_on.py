"""What leaves the program: open.sql for DuckDB's shell, the bundle, and the report as text."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from analysis import bundle, open, report, shell
from tests.analysis.made import HOSTILE, random_results

ASKED = "select surrogate, target, n, fooled from transfer_matrix order by all"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results in a folder whose name is none of the easy ones."""
    results = tmp_path_factory.mktemp("a [1] it's") / "made"
    random_results(4, names=HOSTILE[:4], images=8, classes=2, holes=0.1).commit(results)
    return results


def rows_of(results):
    """What a DuckDB that knows nothing of this program finds in a folder."""
    code = f"""
import duckdb, json, pathlib
connection = duckdb.connect()
connection.execute(pathlib.Path("open.sql").read_text("utf-8"))
print(json.dumps(connection.execute({ASKED!r}).fetchall()))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=results, capture_output=True, text=True, check=True)
    return [tuple(row) for row in json.loads(done.stdout)]


def test_open_sql_gives_any_duckdb_the_same_rows(folder, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    shell.write(moved)
    assert rows_of(moved) == open(folder).execute(ASKED).fetchall()
    assert str(folder) not in (moved / "open.sql").read_text("utf-8")


@pytest.mark.long
def test_the_shell_of_duckdb_opens_it_from_elsewhere(folder):
    found = Path(sys.executable).with_name("duckdb")
    if not found.exists():
        pytest.skip("needs DuckDB's shell: pip install duckdb-cli")
    shell.write(folder)  # which says where it lies, whatever folder the shell is started in
    words = [str(found), "-batch", "-json", "-init", str(folder / "open.sql"), "-c", ASKED]
    done = subprocess.run(words, cwd=folder.parent, capture_output=True, text=True, check=True)
    rows = [tuple(row.values()) for row in json.loads(done.stdout)]
    assert rows == open(folder).execute(ASKED).fetchall() and "rror" not in done.stderr


@pytest.mark.long
def test_a_bundle_is_whole_and_has_the_same_bytes_on_every_run(folder, tmp_path):
    for name in ("one.zip", "two.zip"):
        bundle.write(folder, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as file:
        file.extractall(tmp_path / "out")
    made = tmp_path / "out" / "made"
    for name in ("report.html", "open.sql", "REPRODUCE.md", "matrix.tex", "figures/curves.pdf"):
        assert (made / name).stat().st_size > 100, name
    assert len(list((made / "records").rglob("*.json"))) == len(list((folder / "records").rglob("*.json")))
    assert not list(made.rglob("*.safetensors"))
    assert rows_of(made) == open(folder).execute(ASKED).fetchall()


def test_a_report_is_text_that_holds_no_name_as_markup(folder):
    page = report.page(folder, images=0)
    assert page.count("<script") == 2  # the data and the one script; no name
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    assert "http-equiv" in page and "'unsafe" not in page
    assert not re.search(r"""(src|href)=["']?https?:""", page)


@pytest.mark.long
def test_a_report_has_the_same_bytes_on_every_run(folder):
    assert report.page(folder, images=1) == report.page(folder, images=1)


def test_a_report_of_one_model_says_what_is_not_known(tmp_path):
    random_results(names=["one"], images=4).commit(tmp_path / "made")
    page = report.page(tmp_path / "made")
    assert "not known" in page and "No model was shown what was crafted on another" in page
