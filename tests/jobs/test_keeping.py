"""A study that lets go of its pixels has the rows of one that keeps them, whatever is asked of it later."""

import pyarrow.parquet as pq
import pytest

from analysis import database
from analysis.pixels import pictures, sampled
from analysis.report.pictures import album
from jobs.keeping import SAMPLE, Keeping, Pixels
from jobs.request import request
from jobs.run_study import Asked, Wishes, run_study
from jobs.work import receipt
from tests.jobs.fleet import Nobody
from transfer.errors import TransferError
from transfer.stages import perform
from transfer.store.upkeep import verify

TINY = """
title: Two networks
data: mnist
splits: {P1: 100, P2: 100}
models:
  one: {split: P1}
  two: {split: P2}
every_model: {architecture: linear, recipe: {name: adam, epochs: 1}}
attacks:
  fgsm: {epsilon: 0.1, also_at_rms: 0.05}
controls: [noise]
images: {test: 80}
"""
THIRD = TINY.replace("  two:", "  three: {split: P1, seed: 1}\n  two:")
THIRD = THIRD.replace("controls:", "surrogates: [one, two]\ncontrols:")
TINY = TINY.replace("controls:", "surrogates: [one, two]\ncontrols:")


def run(folder, text, keep):
    """The store of a study that has run to its end in this process, without a matrix at its end."""
    folder.mkdir(exist_ok=True)
    (folder / "tiny.yaml").write_text(f"{text}keep: {keep}\n")
    made = request(str(folder / "tiny.yaml"), folder / "results")
    store = made.open_store()
    pixels = Pixels(store, made.plan.tasks, made.committed, made.study.keep)
    pixels.sweep()
    for task in made.plan.tasks:
        if task.id not in made.committed:
            Keeping(Nobody(), pixels).finished(task, receipt(perform(task, store)))
    pixels.sweep()
    store.place.release()
    return store


def digests(store):
    return {record.task: {role: kept["sha256"] for role, kept in record.objects.items()} for record in store.records()}


def pixels_there(store):
    there = set(store.place.names("objects"))
    keys = [record.objects["images"]["key"] for record in store.records("craft")]
    return sum(key.removeprefix("objects/") in there for key in keys)


def rows(store):
    """Every prediction; in another order of tasks they lie in other files."""
    files = [store.fetch(record, "predictions") for record in store.records("evaluate")]
    return sorted(tuple(row.values()) for file in files for row in pq.read_table(file).to_pylist())


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The larger study, all pixels kept."""
    return run(tmp_path_factory.mktemp("kept") / "all", THIRD, "all")


def test_pixels_go_and_come_back_as_they_were_for_a_network_that_joins_later(kept, tmp_path):
    store = run(tmp_path / "none", TINY, "none")
    assert pixels_there(store) == 0
    assert verify(store).dropped == len(store.records("craft")) and verify(store).is_sound
    before = {record.task: record.attempt for record in store.records("craft")}
    store = run(tmp_path / "none", THIRD, "none")
    crafted, same = store.records("craft"), digests(kept)
    assert all(digests(store)[record.task] == same[record.task] for record in crafted)
    assert {record.task: record.attempt for record in store.records("craft")} == before  # nothing was crafted anew
    assert rows(store) == rows(kept)
    assert pixels_there(store) == 0 and verify(store).is_sound


def test_a_sample_is_what_galleries_show(kept, tmp_path):
    store = run(tmp_path / "sample", TINY, "sample")
    assert pixels_there(store) == 0
    craft = store.records("craft")[0].task
    left = sampled(store, craft)
    assert len(left) == SAMPLE
    assert all((pictures(store, craft, left)[one] == pictures(kept, craft, left)[one]).all() for one in left)
    gone = next(row for row in range(10_000) if row not in left)
    with pytest.raises(TransferError, match=r"Q090.*were let go"):
        pictures(store, craft, [gone])
    connection = database.open(store.location)
    shown = album(connection, store, 6)
    assert shown["sheet"] and set(shown["parts"]["test"]["images"]) <= set(left)
    assert not sampled(kept, craft)


def test_they_stay_while_a_task_is_left_to_read_them(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(f"{TINY}keep: none\n")
    made = request(str(path), tmp_path / "results")
    store, pixels = made.open_store(), Pixels(made.open_store(), made.plan.tasks, (), "none")
    for task in made.plan.tasks:
        before = pixels_there(store)
        perform(task, store)
        pixels.done(task)
        if task.stage == "craft":  # some tile is still to show it, whoever else has read it
            assert pixels_there(store) == before + 1
        if task.stage == "evaluate":
            assert pixels_there(store) == before - len(task.crafts)
    assert pixels_there(store) == 0


@pytest.mark.long
def test_a_run_that_finds_all_done_lets_go_of_what_a_killed_one_has_left(tmp_path):
    store = run(tmp_path, TINY, "all")
    assert pixels_there(store) == len(store.records("craft"))
    (tmp_path / "tiny.yaml").write_text(f"{TINY}keep: none\n")
    assert run_study(Asked(str(tmp_path / "tiny.yaml"), str(tmp_path / "results")), Wishes(is_serial=True)) == 0
    assert pixels_there(store) == 0 and verify(store).is_sound
    assert not album(database.open(store.location), store, 6)["sheet"]  # a report shows no images, and is made
