"""Code of another user is run when somebody vouches for these very bytes."""

import hashlib
import os

import pytest

from tests.transfer.study.own import MY_CODE, SMALLEST
from transfer.study.read import read_data

DIGEST = hashlib.sha256(MY_CODE.encode()).hexdigest()


@pytest.fixture
def of_another_user(monkeypatch):
    """Whoever runs this owns none of the files that are there."""
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)


def test_code_of_another_user_is_told_once_for_each_place_with_its_digest(told, tmp_path, of_another_user):
    told_of = f"loads code of another user, my_code.py (sha256 {DIGEST}). Read it, then add --trust {DIGEST}"
    places = ("2:28: models.a.architecture", "2:51: models.a.recipe", "3:26: attacks.step.attack")
    assert told(SMALLEST) == [f"error[S040]: study.yaml:{place}: {told_of}" for place in places]


def test_whoever_vouches_for_these_bytes_reads_the_study_and_edited_they_are_others(study, told, of_another_user):
    assert list(study(SMALLEST, trusted=[DIGEST]).modules) == [DIGEST]
    other = hashlib.sha256(b"edited").hexdigest()
    assert "S040" in told(SMALLEST, trusted=[other])[0]


def test_a_study_that_names_no_code_of_others_asks_nobody(study, of_another_user):
    plain = "data: mnist\nmodels: {a: {architecture: linear, recipe: adam}}\nattacks: {fgsm: {epsilon: 0.1}}\n"
    assert not study(plain).modules


def test_a_data_set_of_another_user_asks_too(study, told, tmp_path, of_another_user):
    text = SMALLEST.replace("mnist", '"my_code:letters"')
    assert any("1:7: data: loads code of another user" in line for line in told(text))
    assert read_data(tmp_path / "study.yaml", [DIGEST])[1] == tmp_path / "my_code.py"
