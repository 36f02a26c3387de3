"""What docs/adding.md says of a recipe is enough: its file in its folder is one, and without the file there is none."""

import re
import sys

import pytest

import analysis
from tests.adding import added_and_removed, block, file_of, module_of
from tests.transfer.recipes import test_every_recipe as every
from tests.transfer.recipes.easy import easy, same, weights
from transfer.train import score, train

CODE, STUDY = block("A recipe", "python"), block("A recipe", "yaml")
FILE = file_of("recipes")


def test_the_recipe_of_the_page_passes_what_every_recipe_must(tmp_path, monkeypatch):
    module = module_of(tmp_path, FILE, CODE)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    cutout = getattr(module, module.__name__)
    every.test_networks_with_batch_normalisation_and_dropout_can_be_trained_and_repeat_themselves(cutout)
    assert not same(weights(cutout, size=3), weights(cutout, size=5))
    network = train(every.untrained(cutout, every.mlp), cutout, {"size": 1, "epochs": 10, "batch": 50}, *easy(), seed=0)
    assert score(network, *easy()).right >= 280


@pytest.mark.long
def test_one_file_in_the_folder_is_a_recipe_and_without_it_there_is_none(tmp_path):
    ran = added_and_removed(tmp_path, "recipes", FILE, CODE, STUDY)
    assert re.search(r"^cutout\tTraining on images with a black square", ran.stdout, re.MULTILINE)
    assert "models.holes.recipe.name: unknown recipe 'cutout'." in ran.stderr
    rows = analysis.open(tmp_path / "results/mine").execute("from accuracy_over_epochs").fetchall()
    assert [row[:2] for row in rows if "holes" in row[0] and row[2] == "test"] == [
        ("holes size 5", 1),
        ("holes size 5", 2),
        ("holes size 9", 1),
        ("holes size 9", 2),
    ]
