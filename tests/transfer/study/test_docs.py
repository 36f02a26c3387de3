"""What docs/study.md says of the study file is so."""

import re
from pathlib import Path

import pytest

from jobs.commands.init import TEMPLATES
from transfer.study import StudyError, read
from transfer.study.networks import EVERY_MODEL, MODEL
from transfer.study.read import BATCH, IMAGES, KEYS

PAGE = (Path(__file__).parents[3] / "docs/study.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my_code.py").write_text((TEMPLATES / "my_code.txt").read_text())
    return tmp_path


def test_the_example_reads_and_is_named_as_its_comments_say(folder):
    (example,) = [text for kind, text in BLOCKS if kind == "yaml"]
    (folder / "study.yaml").write_text(example)
    found = read(folder / "study.yaml")
    assert {"mlp A", "mlp B"} <= {network.name for network in found.networks}
    assert {"pgd steps 10", "pgd steps 40"} <= {attack.name for attack in found.attacks}
    assert read(folder / "study.yaml", size="small").images == {"test": 50}


def test_every_key_is_explained():
    explained = set(re.findall(r"`(\w+)`", PAGE))
    assert set(KEYS) | set(MODEL) | set(EVERY_MODEL) <= explained
    rows = re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(KEYS)


def test_the_defaults_are_those_of_the_code():
    assert f"`{{test: {IMAGES}}}`" in PAGE
    assert re.search(rf"^\| `batch` .*\| {BATCH} \|$", PAGE, re.MULTILINE)


def test_the_errors_shown_are_the_errors_told(folder, monkeypatch):
    (shown,) = [text for kind, text in BLOCKS if not kind]
    (folder / "study.yaml").write_text(
        "data: mnist\nmodels: {a: {architecture: linear, recipe: adam}}\n\nmodles: {}\n\n\nattacks:\n"
        "  # budgets\n  fgsm: {epsilon: 8}\n  f: {attack: fgsm, epsilon: 0.1, steps: 3}\n"
    )
    monkeypatch.chdir(folder)
    with pytest.raises(StudyError) as problem:
        read("study.yaml")
    assert str(problem.value).splitlines() == shown.splitlines()
