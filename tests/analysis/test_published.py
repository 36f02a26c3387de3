"""The papers' numbers: they are tables wherever questions are asked, and they are the numbers of the files."""

import csv
from pathlib import Path

import duckdb
import pytest

from analysis import guarded
from analysis.published import HERE, add_published, published
from tests.analysis.made import random_results

FILES = sorted(HERE.glob("*.csv"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        next(lines)
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def connection():
    connection = duckdb.connect()
    add_published(connection)
    return connection


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_a_table_with_all_its_numbers(connection, path):
    found = connection.execute(f"from published_{path.stem}")
    names = [column[0] for column in found.description]
    for row, expected in zip(found.fetchall(), rows_of(path), strict=True):
        for name, value in zip(names, row, strict=True):
            is_number = isinstance(value, int | float)
            assert value == ((float if is_number else str)(expected[name]) if expected[name] else None)


def test_a_file_says_what_one_row_is_and_whose_paper(connection):
    for name, meaning in published().items():
        assert meaning.startswith("One row per ") and "arXiv:" in meaning
        told = connection.execute("select comment from duckdb_tables() where table_name = $1", [name]).fetchone()
        assert told == (meaning,)


def test_39_of_the_42_adversarial_cells_off_the_diagonal_are_multiples_of_1_in_256_as_printed():
    cells = [row for row in rows_of(HERE / "szegedy2014_transfer.csv") if row["crafted_on"] != "gaussian"]
    off = [row["error_percent"] for row in cells if row["crafted_on"] != row["shown_to"]]
    printable = {decimals: {round(100 * k / 256, decimals) for k in range(257)} for decimals in range(3)}
    multiples = [text for text in off if float(text) in printable[len(text.partition(".")[2])]]
    assert (len(off), len(multiples)) == (42, 39)


def test_a_persons_sql_may_read_them(tmp_path):
    random_results(budgets=(0.1,)).commit(tmp_path)
    asked = "select error_percent from published_szegedy2014_transfer where \"table\" = 4 and shown_to like '%123%'"
    answer, _ = guarded.ask(tmp_path, f"{asked} and crafted_on = 'gaussian'", "csv")
    assert answer == "error_percent\n2.6\n2.8\n"
