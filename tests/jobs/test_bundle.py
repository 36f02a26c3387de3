"""A study that travels by digest: what is unpacked is what was packed, or an error."""

import json
from dataclasses import replace

import pytest

from jobs.bundle import KEPT, pack, unpacked
from tests.studies import SMALL, write
from transfer.errors import DamagedResults, TransferError
from transfer.store import Store
from transfer.study import read

OWN = """
def shifted(model, images, labels, *, epsilon: float):
    return (images + epsilon).clamp(0, 1)
"""


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "own_attacks.py").write_text(OWN)
    return write(folder, SMALL.replace("fgsm: {", "own: {attack: 'own_attacks:shifted', "))


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "results")


def test_a_study_is_the_same_where_it_arrives(study, store):
    kept = pack(study, read(study), store)
    with unpacked(kept, store) as path:
        there = read(path)
        assert path.name == study.name
        assert (path.parent / "own_attacks.py").read_text() == OWN
        assert there.resolved() == read(study).resolved()
    assert not path.exists()


def test_packed_twice_it_has_one_name_and_edited_another(study, store):
    first = pack(study, read(study), store)
    assert pack(study, read(study), store) == first
    (study.parent / "own_attacks.py").write_text(OWN.replace("+ epsilon", "- epsilon"))
    assert pack(study, read(study), store) != first


def test_what_has_changed_on_its_way_is_refused(study, store):
    kept = pack(study, read(study), store)
    for path in (store.location / "inputs").glob("*.py"):
        path.chmod(0o600)
        path.write_text(OWN.replace("0, 1", "0, 2"))
    with pytest.raises(DamagedResults, match="R078"), unpacked(kept, store):
        pass


def test_a_name_that_leads_out_of_the_folder_is_refused(study, store, tmp_path):
    digest = store.keep(study)
    listed = tmp_path / "hostile.json"
    listed.write_text(json.dumps({"study": "small.yaml", "files": {"../../escaped.yaml": digest}}))
    with pytest.raises(TransferError, match="leads out of"), unpacked(KEPT + store.keep(listed), store):
        pass


def test_a_file_from_elsewhere_must_be_brought_beside_the_study(study, store, tmp_path):
    elsewhere = tmp_path / "elsewhere.py"
    (study.parent / "own_attacks.py").rename(elsewhere)
    asked = replace(read(write(tmp_path)), modules={store.keep(elsewhere): elsewhere})
    with pytest.raises(TransferError, match=r"S042.*lies outside of .*put it beside the study file"):
        pack(study, asked, store)
