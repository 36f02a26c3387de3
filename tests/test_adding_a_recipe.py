"""What docs/adding.md says of a recipe is enough: its file in its folder is one, and without the file there is none."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import analysis
from tests.test_adding import HOUSE, PAGE, block
from tests.transfer.recipes import test_every_recipe as every
from tests.transfer.recipes.easy import easy, same, weights
from transfer.train import score, train

CODE, STUDY = block("A recipe", "python"), block("A recipe", "yaml")
SESSION = """
import os
from jobs.cli import main
for words in ("list recipes", "run mine.yaml --serial", "check mine.yaml"):
    if words.startswith("check"):
        os.unlink(FILE)
    try:
        main(words.split())
    except SystemExit as ended:
        if ended.code:
            raise
"""
(FILE,) = re.findall(r"^`(transfer/recipes/\w+\.py)`:$", PAGE, re.MULTILINE)


def test_the_recipe_of_the_page_passes_what_every_recipe_must(tmp_path, monkeypatch):
    path = tmp_path / Path(FILE).name
    path.write_text(CODE)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    cutout = getattr(module, path.stem)
    every.test_networks_with_batch_normalisation_and_dropout_can_be_trained_and_repeat_themselves(cutout)
    assert not same(weights(cutout, size=3), weights(cutout, size=5))
    network = train(every.untrained(cutout, every.mlp), cutout, {"size": 1, "epochs": 10, "batch": 50}, *easy(), seed=0)
    assert score(network, *easy()).right >= 280


@pytest.mark.long
def test_one_file_in_the_folder_is_a_recipe_and_without_it_there_is_none(tmp_path):
    for package in ("transfer", "jobs", "analysis"):
        shutil.copytree(HOUSE / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "mine.yaml").write_text(STUDY)

    (tmp_path / FILE).write_text(CODE)
    session = SESSION.replace("FILE", repr(FILE))
    ran = subprocess.run([sys.executable, "-c", session], cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 2, ran.stderr
    assert re.search(r"^cutout\tTraining on images with a black square", ran.stdout, re.MULTILINE)
    assert "models.holes.recipe.name: unknown recipe 'cutout'." in ran.stderr
    rows = analysis.open(tmp_path / "results/mine").execute("from accuracy_over_epochs").fetchall()
    assert [row[:2] for row in rows if "holes" in row[0] and row[2] == "test"] == [
        ("holes size 5", 1),
        ("holes size 5", 2),
        ("holes size 9", 1),
        ("holes size 9", 2),
    ]
