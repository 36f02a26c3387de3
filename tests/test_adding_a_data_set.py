"""What docs/adding.md says of a data set is enough: its file in its folder is one, without the file there is none."""

import json
import re
import shutil
import subprocess
import sys

import pytest

import analysis
from tests.test_adding import HOUSE, PAGE, block

CODE, STUDY = block("A data set", "python"), block("A data set", "yaml")
SESSION = """
import os
from jobs.cli import main
for words in ("list datasets", "run mine.yaml --serial", "check mine.yaml"):
    if words.startswith("check"):
        os.unlink(FILE)
    try:
        main(words.split())
    except SystemExit as ended:
        if ended.code:
            raise
"""
(FILE,) = re.findall(r"^`(transfer/datasets/\w+\.py)`:$", PAGE, re.MULTILINE)


@pytest.mark.long
def test_one_file_in_the_folder_is_a_data_set_and_without_it_there_is_none(tmp_path):
    for package in ("transfer", "jobs", "analysis"):
        shutil.copytree(HOUSE / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "mine.yaml").write_text(STUDY)
    (tmp_path / FILE).write_text(CODE)
    session = SESSION.replace("FILE", repr(FILE))
    ran = subprocess.run([sys.executable, "-c", session], cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 2, ran.stderr
    assert (
        "coarse_digits\tThe digits of MNIST, each pixel the average of a block: 14x14, 7x7 or 4x4 of them.\t"
        in ran.stdout
    )
    assert "mine.yaml:2:14: data.name: unknown data set 'coarse_digits'." in ran.stderr
    connection = analysis.open(tmp_path / "results/mine")
    assert connection.execute("select min(label), max(label), count(distinct label) from crafted").fetchone() == (
        0,
        1,
        2,
    )
    data = json.loads(connection.execute("select data from study").fetchone()[0])
    assert (data["dataset"], data["classes"], data["images"]["test"]) == ("coarse_digits", 2, 1010 + 1028)
