import pytest

from jobs.request import STUDIES, find_study
from transfer.errors import TransferError


def test_a_study_of_the_package_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_study("quickstart") == STUDIES / "quickstart.yaml"


def test_a_file_goes_before_a_study_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quickstart.yaml").write_text("")
    assert find_study("quickstart.yaml").resolve() == tmp_path / "quickstart.yaml"


def test_a_misspelt_name_is_answered_with_the_right_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TransferError, match=r"S001.*'quikstart'. Did you mean 'quickstart'\? Known: .*quickstart"):
        find_study("quikstart")
