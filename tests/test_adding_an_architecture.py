"""What docs/adding.md says of an architecture is enough: its file in its folder is one, without the file none is."""

import re
from pathlib import Path

import pytest
import torch

import analysis
from tests.adding import added_and_removed, block, file_of, module_of
from tests.transfer.architectures import test_every_architecture as every

CODE, STUDY = block("An architecture", "python"), block("An architecture", "yaml")
FILE = file_of("architectures")
NAME = Path(FILE).stem


@pytest.fixture
def of_the_page(tmp_path, monkeypatch):
    """The page's architecture, as if its file lay in the folder."""
    module = module_of(tmp_path, FILE, CODE)
    load = every.catalog.load
    monkeypatch.setattr(
        every.catalog, "load", lambda kind, name: getattr(module, NAME) if name == NAME else load(kind, name)
    )


def test_the_architecture_of_the_page_passes_what_every_architecture_must(of_the_page):
    every.test_every_size_of_image_gives_a_finite_logit_for_each_class(NAME)
    every.test_images_of_224_pixels_are_seen_too(NAME)
    every.test_a_seed_is_a_network(NAME)
    every.test_an_image_is_seen_alike_alone_and_in_company_and_each_time(NAME)
    every.test_a_few_steps_lower_the_loss(NAME)
    every.test_pixels_have_a_gradient_and_every_weight_learns(NAME)
    # Nothing but convolutions, as it says.
    assert not any(isinstance(part, torch.nn.Linear) for part in every.network(NAME).modules())


@pytest.mark.long
def test_one_file_in_the_folder_is_an_architecture_and_without_it_there_is_none(tmp_path):
    ran = added_and_removed(tmp_path, "architectures", FILE, CODE, STUDY, timeout=280)
    assert re.search(rf"^{NAME}\tConvolutions with strides in place of pooling", ran.stdout, re.MULTILINE)
    assert f"models.strides.architecture.name: unknown architecture '{NAME}'." in ran.stderr
    rows = analysis.open(tmp_path / "results/mine").execute("select surrogate, target from transfer_matrix").fetchall()
    assert {("strides width 4", "strides width 8"), ("pools", "strides width 4")} <= set(rows)
