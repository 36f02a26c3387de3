"""`transfer list`: what a study can name and what can be asked."""

import os
import pty
import re
import subprocess
import sys

import pytest

from analysis.questions import questions
from jobs import cli
from transfer import catalog


@pytest.fixture
def told(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        return ended.value.code, capsys.readouterr()

    return run


@pytest.mark.parametrize("kind", ["attacks", "architectures", "datasets", "recipes"])
def test_every_file_of_a_folder_is_listed_with_what_it_is(told, kind):
    code, said = told("list", kind)
    assert code == 0
    rows = [line.split("\t") for line in said.out.splitlines()]
    assert [row[0] for row in rows] == list(catalog.names(kind))
    assert [row[1] for row in rows] == [catalog.describe(kind, name).summary for name in catalog.names(kind)]


def test_settings_are_listed_with_their_defaults_as_a_study_spells_them(told):
    _, said = told("list", "attacks")
    fgsm = next(line for line in said.out.splitlines() if line.startswith("fgsm\t"))
    assert fgsm.split("\t")[2] == "epsilon, loss=cross_entropy"
    _, said = told("list", "architectures")
    mlp = next(line for line in said.out.splitlines() if line.startswith("mlp\t"))
    assert "hidden=[100, 100]" in mlp
    assert "model" not in fgsm.split("\t")[2] and "shape" not in mlp.split("\t")[2]


def test_studies_have_their_titles_and_queries_what_one_row_is(told):
    _, said = told("list", "studies")
    assert "quickstart\tDoes an adversarial example survive" in said.out
    _, said = told("list", "queries")
    assert [line.split("\t") for line in said.out.splitlines()] == [
        [name, question.summary] for name, question in questions("queries").items()
    ]


def test_everything_is_listed_with_its_kind_in_front(told):
    code, said = told("list")
    assert code == 0
    kinds = list(dict.fromkeys(line.split("\t")[0] for line in said.out.splitlines()))
    assert kinds[:4] == ["attacks", "architectures", "datasets", "recipes"]
    assert kinds[-2:] == ["studies", "queries"]


def test_a_misspelt_kind_is_answered_with_the_right_one(told):
    code, said = told("list", "atacks")
    assert (code, said.out) == (2, "")
    assert said.err.startswith("error[U089]: nothing is listed under 'atacks'. Did you mean 'attacks'? Known: ")
    assert len(said.err.splitlines()) == 1


def test_a_terminal_gets_a_table_that_fits():
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60", "TERM": "xterm"}
    process = subprocess.Popen([sys.executable, "-m", "jobs.cli", "list"], stdout=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux's way of saying that the other side has closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait() == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()
    assert "attacks" in [line.strip() for line in lines]
    assert max(map(len, lines)) <= 60
    assert any("hidden=[100, 100]" in line for line in lines)
