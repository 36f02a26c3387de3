"""What is timed over 10^8 rows, over a few: the rows are a study's, and the questions find them."""

from analysis.answers import answer, audited
from analysis.database import open
from analysis.matrix import matrix
from benchmarks import answers, coverage


def test_the_timed_study_has_every_square_and_passes_the_audits(tmp_path):
    answers.write(tmp_path, models=2, images=70)
    connection = open(tmp_path)
    squares = answers.ATTACKS * answers.BUDGETS * 2 * 2
    assert connection.execute("select count(*) from predictions").fetchone() == (70 * squares,)
    assert len(answer(connection, "transfer_matrix").entries) == 4 * squares
    shown = matrix(connection, attack="attack 2", budget="linf 3/255")
    assert [[square.n > 0 for square in row.squares] for row in shown.surrogates] == [[True, True]] * 2
    wrong = {name: count for name, count in audited(connection).items() if count}
    assert set(wrong) <= {"targets_without_clean_row"}  # nobody asks it for the clean row


def test_coverage_is_told_for_every_interval(capsys):
    coverage.run(2)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert len(lines) == 3 * 2 + 2 * 6 + 1
    assert all(line.endswith("% of 2") for line in lines)
