"""What is committed is what the science gave, from inputs that were checked, whatever the order and the process."""

import random

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file

from analysis import database
from tests.studies import SMALL, done, finished, planned, write
from transfer import datasets
from transfer.errors import DamagedResults, EnvironmentProblem
from transfer.stages import perform
from transfer.store import Store
from transfer.study import read


def rows(store, stage, role):
    return [row for record in store.records(stage) for row in pq.read_table(store.fetch(record, role)).to_pylist()]


def digests(store):
    return {(r.task, role): held["sha256"] for r in store.records() for role, held in r.objects.items()}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("small"))


def test_predictions_are_what_the_models_say_of_the_images(small):
    study, store = small
    asked = planned(study)
    shown = next(one.task for one in asked.crafts if one.attack == "pgd" and one.role == "attack")
    target = asked.trains[-1]
    images = load_file(store.fetch(store.record("craft", shown.id), "images"))
    from transfer.architectures.mlp import mlp

    model = mlp((1, 28, 28), 10, hidden=(16,))
    model.load_state_dict(load_file(store.fetch(store.record("train", target.id), "weights")))
    clean, labels = datasets.load(study.data, "test")
    logits = model(images["crafted"])
    found = [
        row for row in rows(store, "evaluate", "predictions") if (row["craft"], row["target"]) == (shown.id, target.id)
    ]
    ids = images["image"].long()
    assert [row["image"] for row in found] == ids.tolist()
    assert [row["label"] for row in found] == labels[ids].tolist()
    assert [row["predicted"] for row in found] == logits.argmax(dim=1).tolist()
    before = model(torch.tensor(clean[ids.numpy()]).float() / 255)
    assert [row["target_clean"] for row in found] == before.argmax(dim=1).tolist()
    own = logits.gather(1, torch.tensor(labels[ids])[:, None])[:, 0]
    others = logits.scatter(1, torch.tensor(labels[ids])[:, None], -torch.inf).amax(dim=1)
    assert np.allclose([row["margin"] for row in found], (own - others).tolist(), atol=1 / 128 + 1e-4)
    confidence = logits.softmax(dim=1).amax(dim=1)
    assert np.allclose([row["confidence"] for row in found], confidence.tolist(), atol=1 / 2048 + 1e-4)


def test_crafted_rows_measure_the_committed_images(small):
    study, store = small
    clean, _ = datasets.load(study.data, "test")
    for record in store.records("craft"):
        held = load_file(store.fetch(record, "images"))
        pixels = torch.tensor(clean[held["image"].long().numpy()]).float() / 255
        size = (held["crafted"] - pixels).abs().amax(dim=(1, 2, 3))
        measured = pq.read_table(store.fetch(record, "crafted"))
        assert np.allclose(measured["linf"], size, atol=1e-7)
        assert measured["image"].to_pylist() == held["image"].tolist()


def test_noise_is_as_large_as_the_perturbation_it_stands_beside(small):
    study, store = small
    for shown in planned(study).crafts:
        if shown.control:
            sizes = [
                np.array(pq.read_table(store.fetch(store.record("craft", task.id), "crafted"))["linf"])
                for task in (shown.task, shown.task.like)
            ]
            assert np.allclose(*sizes, atol=1e-6)


def test_trained_rows_cover_the_split_the_rest_and_the_test_part(small):
    found = {row["part"]: row["images"] for row in rows(small[1], "train", "trained")}
    assert found == {"train": 400, "rest": 10_000, "test": 10_000}


def test_a_study_run_in_another_order_commits_the_same_bytes(small, tmp_path):
    study, store = small
    other = Store.open(tmp_path / "results")
    waiting = list(planned(study).tasks)
    random.Random(0).shuffle(waiting)
    committed = set()
    while waiting:
        task = next(one for one in waiting if all(need.id in committed for need in one.needs()))
        perform(task, other)
        committed.add(task.id)
        waiting.remove(task)
    assert digests(other) == digests(store)


def test_a_finished_study_has_nothing_left_and_a_grown_one_only_its_own(small, tmp_path):
    study, store = small
    before = {
        path: path.read_bytes() for path in store.location.rglob("*") if path.is_file() and "studies" not in str(path)
    }
    assert not planned(study, store).evaluates
    grown = read(
        write(tmp_path, SMALL.replace("every_model:", "  late: {architecture: linear, split: all}\nevery_model:", 1))
    )
    done(grown, store)
    assert all(path.read_bytes() == held for path, held in before.items())
    new = [r for r in store.records() if not any(r.task in path.name for path in before)]
    assert sorted({r.stage for r in new}) == ["craft", "evaluate", "train"]
    assert [r.stage for r in new].count("train") == 1


def test_a_damaged_input_stops_the_task_that_reads_it(tmp_path):
    study = read(write(tmp_path))
    store = Store.open(tmp_path / "results")
    asked = planned(study)
    record = perform(asked.trains[0], store)
    path = store.fetch(record, "weights")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(raw)
    shown = next(one.task for one in asked.crafts if one.task.surrogates == (asked.trains[0],))
    with pytest.raises(DamagedResults, match=record.task[:12]):
        perform(shown, store)
    assert store.record("craft", shown.id) is None


ATTACK = '''
def push(model, images, labels, *, epsilon: float):
    """Adds epsilon."""
    return (images + epsilon).clamp(0, 1)
'''


def test_an_edited_attack_of_one_s_own_is_new_work_and_nothing_else(tmp_path):
    module = tmp_path / "own_attack.py"
    module.write_text(ATTACK)
    text = SMALL.replace("  pgd:  {epsilon: 0.1, steps: 3}", "  push: {attack: 'own_attack:push', epsilon: 0.1}")
    store = Store.open(tmp_path / "results")
    done(read(write(tmp_path, text)), store)
    before = {record.task for record in store.records()}
    module.write_text(ATTACK.replace("images + epsilon", "images - epsilon"))
    study = read(write(tmp_path, text))
    new = [task for task in planned(study, store).tasks if task.id not in before]
    assert {task.stage for task in new} == {"craft", "evaluate"}
    assert {task.attack.name for task in new if task.stage == "craft"} == {"own_attack:push", "noise"}
    done(study, store)
    pushed = next(t for t in new if t.stage == "craft" and t.attack.name == "own_attack:push")
    measured = pq.read_table(store.fetch(store.record("craft", pushed.id), "crafted"))
    assert max(measured["linf"].to_pylist()) <= 0.1 + 1e-6


@pytest.mark.parametrize("bad", ["images * 3", "images + float('nan')", "images[:1]", "images + 2 * epsilon"])
def test_an_attack_that_breaks_the_contract_commits_nothing(tmp_path, bad):
    (tmp_path / "own_attack.py").write_text(ATTACK.replace("(images + epsilon).clamp(0, 1)", bad))
    text = SMALL.replace("  pgd:  {epsilon: 0.1, steps: 3}", "  push: {attack: 'own_attack:push', epsilon: 0.1}")
    study = read(write(tmp_path, text))
    store = Store.open(tmp_path / "results")
    for module in study.modules.values():
        store.keep(module)
    asked = planned(study)
    perform(asked.trains[0], store)
    shown = next(one.task for one in asked.crafts if one.attack == "push")
    with pytest.raises(ValueError, match="the attack"):
        perform(shown, store)
    assert store.records("craft") == []


@pytest.mark.parametrize("precision", ["float64", "bfloat16"])
def test_another_precision_is_another_task_with_nearly_the_same_answers(small, tmp_path, precision):
    study, store = small
    other = read(write(tmp_path, f"{SMALL}precision: {precision}\n"))
    asked = planned(other)
    assert {train.id for train in asked.trains} == {train.id for train in planned(study).trains}
    fresh = Store.open(tmp_path / "results")
    shown = next(one.task for one in asked.crafts if one.attack == "pgd" and one.role == "attack")
    perform(shown.surrogates[0], fresh)
    perform(shown, fresh)
    like = next(one.task for one in planned(study).crafts if one.attack == "pgd" and one.role == "attack")
    assert shown.id != like.id
    pictures = [
        load_file(kept.fetch(kept.record("craft", task.id), "images"))["crafted"]
        for kept, task in ((fresh, shown), (store, like))
    ]
    assert pictures[0].dtype == torch.float32
    assert ((pictures[0] - pictures[1]).abs() < 1e-5).double().mean() > (0.999 if precision == "float64" else 0.7)


def test_iterates_are_stored_shown_and_cost_what_was_spent_until_then(tmp_path):
    text = SMALL.replace("steps: 3}", "steps: 3, also_at_steps: [1, 2]}")
    _, store = finished(tmp_path, text)
    rows = database.open(store.location)
    found = rows.sql("""
        select step, avg(gradients), count(distinct craft) from crafted join crafts using (craft)
        where iterated = 'pgd' and role = 'attack' group by step order by step""").fetchall()
    assert found == [(1, 1.0, 4), (2, 2.0, 4), (3, 3.0, 4)]
    shown = rows.sql("select count(distinct attack) from trials where attack like 'pgd at step %'").fetchall()
    assert shown == [(2,)]


def test_an_attack_of_an_installed_module_is_loaded_where_it_runs_and_must_be_the_same_there(tmp_path, monkeypatch):
    installed = tmp_path / "site"
    installed.mkdir()
    code = "def push(images, *, epsilon: float):\n    return (images + epsilon).clamp(0, 1)\n"
    (installed / "elsewhere_one.py").write_text(code)
    monkeypatch.syspath_prepend(installed)
    text = SMALL.replace("  pgd:  {epsilon: 0.1, steps: 3}", "  push: {attack: 'elsewhere_one:push', epsilon: 0.1}")
    study, store = finished(tmp_path, text)
    task = next(one.task for one in planned(study).crafts if one.attack == "push")
    assert store.record("craft", task.id)
    (installed / "elsewhere_one.py").write_text(code + "# another version\n")
    with pytest.raises(EnvironmentProblem, match=r"U092.*elsewhere_one:push is of installed .* on this machine"):
        perform(task, Store.open(tmp_path / "other"))
