"""The commands that answer: matrix, heatmap, ask and sql, on one folder of results."""

import csv
import io
import json

import pytest

from jobs.cli import main
from tests.analysis.made import random_results


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    random_results(holes=0.1).commit(folder / "results/made")
    return folder


@pytest.fixture
def transfer(home, monkeypatch, capfd):
    """Runs one command line where the results lie; its exit code, stdout and stderr."""
    monkeypatch.chdir(home)

    def run(*words):
        with pytest.raises(SystemExit) as end:
            main(words)
        told = capfd.readouterr()
        return end.value.code, told.out, told.err

    return run


def test_the_matrix_of_the_first_attack_and_budget_is_shown(transfer):
    code, out, err = transfer("matrix", "made")
    assert (code, err) == (0, "")
    assert out.startswith("Does it transfer?\nfgsm, linf 0.1: % fooled of the images that surrogate and target")


def test_another_budget_and_denominator_are_named_in_the_heading(transfer):
    code, out, _ = transfer("matrix", "made", "--budget", "linf 0.2", "--of", "all", "--attack", "fgsm")
    assert code == 0
    assert "fgsm, linf 0.2: % fooled of all images" in out


@pytest.mark.parametrize("command", ["matrix", "heatmap"])
def test_an_unknown_attack_is_one_line_and_exit_code_2(transfer, command):
    code, out, err = transfer(command, "made", "--attack", "fgms")
    assert (code, out) == (2, "")
    assert err == "error[Q089]: no attack is called 'fgms'. Did you mean 'fgsm'? Known: fgsm.\n"


def test_the_heatmap_lies_where_it_is_said(transfer, home, tmp_path):
    code, out, err = transfer("heatmap", "made", "-o", str(tmp_path / "x.svg"))
    assert (code, out, err) == (0, f"{tmp_path / 'x.svg'}\n", "")
    assert (tmp_path / "x.svg").read_bytes().startswith(b"<?xml")
    assert transfer("heatmap", "made")[1] == "results/made/heatmap.png\n"
    assert (home / "results/made/heatmap.png").read_bytes().startswith(b"\x89PNG")


def test_figures_are_listed_and_drawn_by_name(transfer, home, tmp_path):
    code, out, _ = transfer("figure", "made")
    assert code == 0 and "beside_published" in out and "heatmap" in out
    code, out, err = transfer("figure", "made", "heatmap", "--of", "all", "-o", str(tmp_path / "x.svg"))
    assert (code, out, err) == (0, f"{tmp_path / 'x.svg'}\n", "")
    assert (tmp_path / "x.svg").read_bytes().startswith(b"<?xml")
    code, _, err = transfer("figure", "made", "beside_published")
    assert code == 2 and err.startswith("error[Q089]: nothing of this study stands beside a paper's numbers.")


def test_a_figure_refuses_what_it_cannot_be_asked(transfer):
    code, _, err = transfer("figure", "made", "map", "--of", "all")
    assert code == 2
    assert err == "error[U089]: the figure map has no --of. It has: --width, --attack, --budget, --part.\n"


def test_a_table_for_latex_goes_where_it_is_said(transfer, tmp_path):
    code, out, _ = transfer("table", "made", "--latex", "--order", "cluster")
    assert code == 0 and out.startswith(r"% needs \usepackage{booktabs}") and r"\bottomrule" in out
    assert transfer("table", "made", "--latex", "-o", str(tmp_path / "t.tex"))[1] == f"{tmp_path / 't.tex'}\n"
    assert transfer("table", "made")[2].startswith("error[U089]: say which table: --latex.")


def test_two_results_are_compared_and_the_exit_code_tells(transfer, home):
    code, out, err = transfer("compare", "made", "made", "--format", "csv")
    assert code == 0 and out.startswith("attack,budget,part") and "0 differ beyond their intervals" in err
    random_results(1, names=["one"], images=2).commit(home / "results/other")
    code, _, err = transfer("compare", "made", "other")
    assert code == 1 and "squares are in the first alone" in err


def test_open_sql_lies_in_the_results(transfer, home):
    assert transfer("open-sql", "made")[:2] == (0, "results/made/open.sql\n")
    assert "create view transfer_matrix as" in (home / "results/made/open.sql").read_text("utf-8")


@pytest.mark.long
def test_a_report_and_a_bundle_are_written(transfer, home, tmp_path):
    assert transfer("report", "made")[:2] == (0, "results/made/report.html\n")
    assert (home / "results/made/report.html").read_text("utf-8").startswith("<!doctype html>")
    assert transfer("export", "made", "-o", str(tmp_path / "b.zip"))[:2] == (0, f"{tmp_path / 'b.zip'}\n")
    assert transfer("report", "made", "-o", str(tmp_path / "no/x.html"))[2].startswith("error[Q090]: cannot write")


def test_a_papers_table_is_laid_out_for_people_and_one_row_a_cell_for_programs(transfer):
    code, out, _ = transfer("ask", "made", "szegedy2014_table4")
    assert code == 0 and "FC123-456-10" in out and max(map(len, out.splitlines())) <= 120
    code, out, _ = transfer("ask", "made", "szegedy2014_table4", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 24 and rows[1]["published"] == "26.2" and rows[1]["ours"] == ""


def test_questions_are_listed_and_answered(transfer):
    code, out, _ = transfer("ask", "made")
    assert code == 0 and "transfer_matrix" in out and "squares_counted_twice" in out
    code, out, _ = transfer("ask", "made", "clean_accuracy", "--format", "csv")
    assert [row["model"] for row in csv.DictReader(io.StringIO(out))] == ["linear", "mlp", "lenet"]


def test_an_unknown_question_or_form_is_one_line(transfer):
    code, _, err = transfer("ask", "made", "clean_acuracy")
    assert code == 2 and "Did you mean 'clean_accuracy'?" in err
    code, _, err = transfer("ask", "made", "clean_accuracy", "--format", "yaml")
    assert code == 2 and err == "error[Q089]: no format is called 'yaml'. Known: table, csv, json.\n"


def test_sql_is_answered_and_what_is_cut_off_is_said_beside_the_answer(transfer):
    code, out, err = transfer(
        "sql", "made", "select name from models order by position", "--format", "json", "--rows", "2"
    )
    assert (code, json.loads(out)) == (0, [{"name": "linear"}, {"name": "mlp"}])
    assert err == "Only the first 2 rows are shown: --rows gives more, 0 all.\n"


def test_sql_lists_tables_and_views(transfer):
    code, out, _ = transfer("sql", "made", "--views")
    assert code == 0
    assert "One row per craft, target and denominator" in out and "predictions" in out


def test_sql_that_writes_is_one_line_and_exit_code_2(transfer, tmp_path):
    code, out, err = transfer("sql", "made", f"copy models to '{tmp_path}/x.csv'")
    assert (code, out, err) == (2, "", "error[Q084]: only SELECT statements are allowed\n")
    assert list(tmp_path.iterdir()) == []
    assert transfer("sql", "made")[2].startswith("error[U089]: give a query")


@pytest.mark.parametrize("words", [("matrix",), ("sql", "select 1"), ("ask", "outcomes")])
def test_damage_is_one_line_and_exit_code_5(transfer, home, words):
    random_results(7, budgets=(0.1,)).commit(home / "results/damaged")
    for path in (home / "results/damaged/objects").iterdir():
        path.write_bytes(path.read_bytes() + b"?")
    command, *rest = words
    code, out, err = transfer(command, "damaged", *rest)
    assert (code, out) == (5, "")
    assert err.startswith("error[R078]: task ") and err.count("\n") == 1


def test_results_that_are_not_there_are_one_line(transfer):
    for command in ("matrix", "heatmap", "ask", "sql"):
        code, _, err = transfer(command, "mad", *(["select 1"] if command == "sql" else []))
        assert code == 2 and "Did you mean 'made'?" in err


def test_findings_of_a_study_without_any_written_are_one_line(transfer, tmp_path):
    code, out, err = transfer("findings", "made", "-o", str(tmp_path / "findings.md"))
    assert (code, out) == (2, "")
    assert err.startswith("error[Q089]: nothing is written of a study called 'made'.") and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
