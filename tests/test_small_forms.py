"""The small forms of two studies run whole and answer their own questions; `make studies` runs all of them."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("study", "question"), [("tramer2017", "tramer2017_dimensions"), ("papernot2016", "papernot2016_order")]
)
def test_the_small_form_runs_and_answers(study, question, tmp_path):
    def said(*words):
        done = subprocess.run([sys.executable, "-m", "jobs.cli", *words], capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        return done.stdout

    results = str(tmp_path / study)
    said("run", study, "--small", "--serial", "--results", results)
    assert len(said("ask", results, question, "--format", "csv").splitlines()) > 1
