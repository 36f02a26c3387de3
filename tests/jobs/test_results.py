import pytest

from jobs import results
from transfer.errors import TransferError
from transfer.store import Store


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_found_by_its_path(here):
    Store.open(here / "elsewhere")
    assert results.find(str(here / "elsewhere")) == here / "elsewhere"


def test_a_study_is_found_by_its_name(here):
    Store.open("results/quickstart")
    assert results.find("quickstart").resolve() == here / "results" / "quickstart"


def test_a_misspelt_name_is_answered_with_the_right_one_and_all_that_are_known(here):
    Store.open("results/quickstart")
    Store.open("results/szegedy2014")
    with pytest.raises(TransferError) as told:
        results.find("quikstart")
    assert str(told.value) == (
        "error[R093]: no results are called 'quikstart'. Did you mean 'quickstart'? "
        "Known in results/: quickstart, szegedy2014."
    )
    assert told.value.exit_code == 2


def test_without_any_results_the_way_to_make_some_is_told(here):
    with pytest.raises(TransferError, match=r"Make some with `transfer run STUDY`"):
        results.find("quickstart")


def test_a_folder_of_something_else_is_not_taken_for_results(here):
    (here / "photos").mkdir()
    with pytest.raises(TransferError, match=r"R074.*photos is not a results folder"):
        results.find("photos")
