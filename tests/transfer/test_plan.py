"""A plan asks for what is missing, once, in an order that can be followed."""

from dataclasses import replace

import pytest

from tests.studies import SMALL, planned, write
from transfer import catalog, datasets
from transfer.plan import plan
from transfer.plan.tiles import width
from transfer.study import read


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return read(write(tmp_path_factory.mktemp("study")))


def squares(evaluates):
    return [(craft.id, target.id) for one in evaluates for craft in one.crafts for target in one.targets]


def test_every_craft_is_shown_to_every_target_once(study):
    asked = planned(study)
    wanted = {(shown.task.id, train.id) for shown in asked.crafts for train in asked.trains}
    found = squares(asked.evaluates)
    assert set(found) == wanted and len(found) == len(wanted) == asked.squares


def test_each_task_comes_after_what_it_needs(study):
    seen = set()
    for task in planned(study).tasks:
        assert {need.id for need in task.needs()} <= seen
        seen.add(task.id)


def test_every_attack_has_its_control_and_the_clean_row_is_there(study):
    crafts = planned(study).crafts
    made_from = {shown.task.like.id for shown in crafts if shown.control == "noise"}
    assert made_from == {shown.task.id for shown in crafts if shown.role == "attack"}
    assert [shown.role for shown in crafts].count("clean") == 1
    assert len(made_from) == 4 * 3


def test_one_tile_shows_one_surrogate_s_crafts(study):
    for evaluate in planned(study).evaluates:
        assert len({craft.surrogates for craft in evaluate.crafts}) == 1


@pytest.mark.parametrize(
    "crafts,images,shape,targets",
    [(10, 1000, (1, 28, 28), 31), (5, 1000, (3, 32, 32), 16), (5, 1000, (3, 224, 224), 1), (1, 100, (1, 28, 28), 250)],
)
def test_a_tile_is_as_wide_as_its_images_are_few_and_small(study, crafts, images, shape, targets):
    one = planned(study).crafts[0].task
    many = [replace(one, images=images, data=replace(one.data, shape=shape), seed=seed) for seed in range(crafts)]
    assert width(many) == targets


def test_what_is_covered_is_not_asked_for_again(study):
    asked = planned(study)
    facts = datasets.facts(study.data)
    done = squares(asked.evaluates[:2])
    rest = plan(study, facts, done)
    assert set(squares(rest.evaluates)) == set(squares(asked.evaluates)) - set(done)
    assert rest.covered == len(done)
    assert plan(study, facts, squares(asked.evaluates)).evaluates == ()


def test_a_new_model_costs_its_training_its_crafts_a_row_and_a_column(study, tmp_path):
    before = planned(study)
    grown = SMALL.replace("every_model:", "  late: {architecture: linear, split: all}\nevery_model:", 1)
    larger = read(write(tmp_path, grown))
    after = plan(larger, datasets.facts(larger.data), squares(before.evaluates))
    new = set(after.tasks) - set(before.tasks)
    assert [task.stage for task in after.tasks if task in new].count("train") == 1
    crafts = {shown.task.id for shown in before.crafts}
    (late,) = set(after.trains) - set(before.trains)
    for craft, target in squares(after.evaluates):
        assert craft not in crafts or target == late.id
    added = len(before.crafts) + (len(after.crafts) - len(before.crafts)) * len(after.trains)
    assert len(squares(after.evaluates)) == added


def test_ids_do_not_depend_on_names_keys_or_titles(study, tmp_path):
    renamed = SMALL.replace("  linear:", "  softmax:").replace("A small study", "Another").replace("A: 400", "X: 400")
    renamed = renamed.replace("[A, B]", "[X, B]").replace("{epsilon: 0.1, steps: 3}", "{steps: 3, epsilon: 0.1}")
    other = read(write(tmp_path, renamed))
    assert {task.id for task in planned(other).tasks} == {task.id for task in planned(study).tasks}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("epochs: 2", "epochs: 3", {"train", "craft", "evaluate"}),
        ("steps: 3", "steps: 4", {"craft", "evaluate"}),
        ("images: {test: 60}", "images: {test: 61}", {"craft", "evaluate"}),
    ],
)
def test_what_determines_the_bytes_changes_the_id(study, tmp_path, old, new, changed):
    before = {task.id for task in planned(study).tasks}
    fresh = {
        task.stage for task in planned(read(write(tmp_path, SMALL.replace(old, new)))).tasks if task.id not in before
    }
    assert fresh == changed


def test_splits_are_pieces_one_after_the_other(study):
    pieces = {(train.split.start, train.split.stop) for train in planned(study).trains}
    assert pieces == {(0, 400), (400, 800)}


def test_the_document_names_every_task_it_shows(study):
    asked = planned(study)
    assert {row["model"] for row in asked.document["models"]} == {train.id for train in asked.trains}
    assert {row["craft"] for row in asked.document["crafts"]} == {shown.task.id for shown in asked.crafts}
    assert [row["name"] for row in asked.document["models"]] == ["linear A", "linear B", "mlp A", "mlp B"]


def test_a_raised_revision_is_new_work_for_what_it_made_and_what_was_made_of_that(study, monkeypatch):
    before = planned(study)
    described = catalog.describe

    def raised(kind, name, *rest):
        found = described(kind, name, *rest)
        return replace(found, revision=2) if (kind, name) == ("attacks", "pgd") else found

    monkeypatch.setattr(catalog, "describe", raised)
    after = planned(read(study.path))
    fresh = set(after.tasks) - set(before.tasks)
    assert {task.stage for task in fresh} == {"craft", "evaluate"}
    assert {(task.like or task).attack.name for task in fresh if task.stage == "craft"} == {"pgd"}


def test_splits_of_another_drawing_are_cut_from_an_order_of_their_own(tmp_path):
    splits = "splits: {A: 400, B: 400, C: {images: 400, draw: 1}, D: {images: 200, draw: 1}}"
    drawn = read(write(tmp_path, SMALL.replace("splits: {A: 400, B: 400}", splits).replace("[A, B]", "[A, B, C, D]")))
    cut = {(train.split.start, train.split.stop, train.split.seed) for train in planned(drawn).trains}
    assert cut == {(0, 400, 0), (400, 800, 0), (0, 400, 1), (400, 600, 1)}
    assert planned(drawn).document["resolved"]["splits"] == [["A", 400], ["B", 400], ["C", 400, 1], ["D", 200, 1]]
