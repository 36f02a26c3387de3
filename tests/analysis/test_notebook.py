"""docs/notebook.ipynb: its code cells run, one after the other, on results as a study leaves them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.analysis.made import random_results

REPOSITORY = Path(__file__).parents[2]


def cells():
    notebook = json.loads((REPOSITORY / "docs/notebook.ipynb").read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_the_example_notebook_runs_from_its_first_cell_to_its_last(tmp_path):
    random_results(2, images=12, classes=2).commit(tmp_path / "results/quickstart")
    code = "\n".join("".join(cell["source"]) for cell in cells())
    script = f"{code}\nprint(len(table), len(squares), picture.axes[0] is not None)\n"
    asked = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env=asked)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 5 True\n", "")
    assert (tmp_path / "curves.pdf").stat().st_size > 5000 and (tmp_path / "curves.sql").exists()


def test_the_notebook_holds_no_outputs():
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells())
