"""A study on another device than the processor: the same rows, and nothing left behind on either side."""

import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from tests.studies import SMALL, done, write
from transfer import shelf
from transfer.store import Store
from transfer.study import read

SMALLER = SMALL.replace("splits: {A: 400, B: 400}", "splits: {A: 100}").replace("[A, B]", "A")


@pytest.mark.long
def test_a_study_on_a_device_of_its_own_has_the_rows_of_the_processor(tmp_path):
    path = write(tmp_path, SMALLER)
    here, away = Store.open(tmp_path / "here"), tmp_path / "away"
    done(read(path), here)
    # In a process of its own: torch knows one such device, for good.
    subprocess.run([sys.executable, "-m", "tests.away", str(path), str(away)], check=True, timeout=280)
    there = Store.open(away, writing=False)
    assert {record.provenance["device"] for record in here.records()} == {"cpu"}
    assert {record.provenance["device"] for record in there.records()} == {"away"}
    for stage, role in (("evaluate", "predictions"), ("craft", "crafted"), ("train", "trained")):
        assert rows(there, stage, role) == rows(here, stage, role) != []


def test_a_gpu_s_memory_is_shared_out_to_networks_and_crafts_and_never_less_than_a_processor_s(monkeypatch):
    monkeypatch.setattr(shelf, "BYTES", dict(shelf.BYTES))
    before = dict(shelf.BYTES)
    shelf.make_room(1e6)
    assert before == shelf.BYTES
    shelf.make_room(24e9)
    assert shelf.BYTES == {"model": 6_000_000_000, "craft": 6_000_000_000}


def rows(store, stage, role):
    return [pq.read_table(store.fetch(record, role)).to_pylist() for record in store.records(stage)]
