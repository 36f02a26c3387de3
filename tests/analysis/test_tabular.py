import csv
import io
import json
from decimal import Decimal

import pytest

from analysis.tabular import as_csv, as_json, render, table
from transfer.errors import TransferError


def test_a_table_has_numbers_to_the_right_and_nothing_for_null():
    assert table(("name", "n"), [("a", 5), ("神经", 12), (None, None)]) == "name   n\n----  --\na      5\n神经  12\n\n"


def test_a_table_spells_control_characters_out():
    assert "\x1b" not in table(("na\x1bme",), [("a\x1b[2J",)])


def test_csv_reads_back_as_it_was():
    text = as_csv(("name", "rate", "list"), [('say "hi", you', 0.25, [1, 2]), ("two\nlines", None, [])])
    read = list(csv.reader(io.StringIO(text)))
    assert read == [["name", "rate", "list"], ['say "hi", you', "0.25", "[1, 2]"], ["two\nlines", "", "[]"]]


def test_json_is_standard_json_with_every_column():
    text = as_json(("a", "a", "b"), [(float("nan"), Decimal("1.50"), {"c": [float("inf")]}), ("神", True, None)])
    assert json.loads(text) == [{"a": None, "a_1": 1.5, "b": {"c": [None]}}, {"a": "神", "a_1": True, "b": None}]


def test_no_rows_are_a_heading_and_an_empty_list():
    assert table(("name",), []) == "name\n----\n"
    assert json.loads(as_json(("name",), [])) == []


def test_an_unknown_form_names_the_known_ones():
    with pytest.raises(TransferError, match=r"Q089.*'tabel'. Did you mean 'table'\? Known: table, csv, json"):
        render("tabel", (), [])
