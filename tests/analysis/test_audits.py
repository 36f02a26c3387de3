"""Each audit is empty on rows that are right, and finds the row that must not exist."""

import pytest

from analysis.questions import questions
from tests.analysis.made import clean, craft, crafted, model, prediction, tables, tiles_of_one_record

A, B = model("A"), model("B", 1)
ON_A = craft(A, images=2)
CLEAN = clean(images=2)
RIGHT = [prediction(one, target, image, 0, 0) for one in (ON_A, CLEAN) for target in (A, B) for image in (0, 1)]
SIZES = [crafted(ON_A, image, linf=0.1, l2=9.0, rms=0.09) for image in (0, 1)]
RECORDS = [{"task": one["craft"], "stage": "craft", "spec": {"pixels": "exact"}} for one in (ON_A, CLEAN)]


def audit(name, **rows):
    made = {"models": [A, B], "crafts": [ON_A, CLEAN], "predictions": RIGHT, "crafted": SIZES, "records": RECORDS}
    made |= {"tiles": tiles_of_one_record(RIGHT), **rows}
    return tables(**made).execute(f"from {name}").fetchall()


@pytest.mark.parametrize("name", questions("audits"))
def test_an_audit_finds_nothing_where_all_is_right(name):
    assert audit(name) == []


def test_a_square_of_two_records_is_found():
    twice = {"craft": ON_A["craft"], "target": B["model"], "task": "z", "is_counted": False}
    rows = audit("squares_counted_twice", tiles=[*tiles_of_one_record(RIGHT), twice])
    assert [row[:4] for row in rows] == [("fgsm, linf 0.1, on A", "B", "t", 1)]


def test_a_square_that_lacks_an_image_or_holds_one_twice_is_found():
    def found(rows):
        return [row[:5] for row in audit("squares_incomplete", predictions=rows)]

    assert found(RIGHT[1:]) == [("fgsm, linf 0.1, on A", "A", 2, 1, 1)]
    assert found([RIGHT[1], *RIGHT[1:]]) == [("fgsm, linf 0.1, on A", "A", 2, 2, 1)]
    assert found(RIGHT[2:]) == [("fgsm, linf 0.1, on A", "A", 2, 0, 0)]


@pytest.mark.parametrize(("norm", "size"), [("linf", "linf"), ("l2", "l2"), ("rms", "rms")])
def test_a_craft_outside_its_ball_is_found_in_its_own_norm(norm, size):
    one = craft(A, norm=norm, epsilon=0.5, images=2)
    inside = {"linf": 9.0, "l2": 9.0, "rms": 9.0, size: 0.5}
    rows = [crafted(one, 0, **inside), crafted(one, 1, **{**inside, size: 0.50001})]
    records = [{"task": one["craft"], "stage": "craft", "spec": {"pixels": "exact"}}]
    found = audit("crafts_outside_their_ball", crafts=[one], crafted=rows, records=records)
    assert [row[3] for row in found] == [1]
    rounded = [{**records[0], "spec": {"pixels": "8bit"}}]
    assert audit("crafts_outside_their_ball", crafts=[one], crafted=rows, records=rounded) == []


def test_an_attack_without_a_ball_cannot_leave_it():
    one = craft(A, norm=None, epsilon=None, budget="as crafted")
    records = [{"task": one["craft"], "stage": "craft", "spec": {}}]
    assert audit("crafts_outside_their_ball", crafts=[one], crafted=[crafted(one, 0, linf=1.0)], records=records) == []


def test_a_target_without_its_clean_row_is_found():
    tiles = [
        tile for tile in tiles_of_one_record(RIGHT) if (tile["craft"], tile["target"]) != (CLEAN["craft"], B["model"])
    ]
    assert [row[:2] for row in audit("targets_without_clean_row", tiles=tiles)] == [("B", 1)]


def test_a_clean_image_that_is_seen_in_two_ways_is_found():
    rows = [*RIGHT[:-1], {**RIGHT[-1], "predicted": 3}]
    assert [row[:4] for row in audit("clean_rows_disagree", predictions=rows)] == [("B", 1, 0, 3)]


def test_an_image_with_two_labels_is_found():
    rows = [crafted(ON_A, 5, 1), crafted(CLEAN, 5, 2), crafted(ON_A, 6, 1), crafted(CLEAN, 6, 1)]
    assert audit("labels_disagree", crafted=rows) == [("test", 5, [1, 2])]
