"""Every bad input of the catalogue has a test that is there, and passes."""

import ast
import re
import subprocess
import sys

import pytest

from tests.hostile.catalogue import ROOT, Row, rows

LISTED = 92


def functions(file):
    return {node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)}


def test_no_row_is_left_out_and_each_names_a_test_that_is_there():
    assert {str(number) for number in range(1, LISTED + 1)} <= {row.row for row in rows()}
    defined = {file: functions(file) for file in {row.test.partition("::")[0] for row in rows()}}
    for row in rows():
        file, _, function = row.test.partition("::")
        assert not function or function in defined[file], row


def test_every_code_that_a_row_is_answered_with_is_explained():
    explained = set(re.findall(r"^\| `([A-Z]\d{3})`", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE))
    codes = {row.answer for row in rows() if not row.why_not}
    assert codes - {"text", "ignored", "refused"} <= explained


@pytest.mark.parametrize(
    ("test", "case", "asked", "is_named"),
    [
        ("a.py::test_x", "", "a.py::test_x", True),
        ("a.py::test_x", "S003", "a.py::test_x[S003: told]", True),
        ("a.py::test_x", "S003", "a.py::test_x[S004: told]", False),
        ("a.py::test_x", "", "a.py::test_xy", False),
        ("a.py::", "", "a.py::test_y[1]", True),
        ("a.py::", "", "aa.py::test_y", False),
    ],
)
def test_a_row_names_the_cases_of_its_function_and_no_others(test, case, asked, is_named):
    assert Row("1", "", "S003", test, case, "").names(asked) == is_named


@pytest.mark.long
def test_every_bad_input_is_answered_as_it_should_be():
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile"], cwd=ROOT, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert done.stdout.count("\nhostile inputs: ") == 3
