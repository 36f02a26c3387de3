"""Each audit is empty on rows that are right, and finds the row that must not exist."""

import pytest

from analysis.answers import audited
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


STRONGER = craft(A, epsilon=0.2, budget="linf 0.2", images=40, order=1)
WEAKER = craft(A, images=40)


def found_by(weaker, stronger, of=WEAKER, than=STRONGER, **changed):
    """What the audit says of which images two budgets fool."""
    rows = [crafted(of, image, is_found=image in weaker, **changed) for image in range(40)]
    rows += [crafted(than, image, is_found=image in stronger, **changed) for image in range(40)]
    return audit("success_falls_with_budget", crafts=[of, than], crafted=rows)


def test_success_that_falls_with_the_budget_is_found():
    (row,) = found_by(range(12), range(1))
    assert row[:8] == ("fgsm", "A", "test", "linf 0.1", "linf 0.2", 40, 11, 0)
    assert row[8] == pytest.approx(11**0.5)
    assert found_by(range(1), range(12)) == []  # it rises
    assert found_by(range(9), ()) == []  # z is 3, no more
    assert found_by(range(12), range(11, 16)) == []  # 11 lost, 4 won
    assert found_by((), ()) == []


@pytest.mark.parametrize(
    "than",
    [
        craft(A, epsilon=0.2, images=40, norm="l2"),
        craft(A, epsilon=0.2, images=40, attack="pgd"),
        craft(A, epsilon=0.2, images=40, part="train"),
        craft(B, epsilon=0.2, images=40),
        craft(A, epsilon=0.2, images=40, role="control", control="noise"),
        craft(A, epsilon=None, images=40, budget="as crafted"),
    ],
    ids=["norm", "attack", "part", "surrogate", "control", "no budget"],
)
def test_only_budgets_of_one_attack_on_one_surrogate_are_compared(than):
    assert found_by(range(12), (), than=than) == []


def test_images_that_the_surrogate_gets_wrong_when_clean_say_nothing_of_an_attack():
    assert found_by(range(12), (), surrogate_clean=1) == []


def test_an_attack_without_a_direction_is_found():
    def flat(count, gradients=10, **changed):
        rows = [crafted(WEAKER, image, gradients=10, flat=0) for image in range(count, 40)]
        rows += [crafted(WEAKER, image, gradients=gradients, **{"flat": 10, **changed}) for image in range(count)]
        return [row[:8] for row in audit("flat_gradients", crafts=[WEAKER], crafted=rows)]

    assert flat(5) == [("fgsm, linf 0.1, on A", "fgsm", "linf 0.1", "A", "test", 40, 5, 1 / 8)]
    assert flat(4) == []  # one in ten
    assert flat(40, flat=9) == []  # one gradient led somewhere
    assert flat(40, flat=None) == []  # not known: a file of an older schema
    assert flat(40, gradients=0, flat=0) == []  # none was taken
    assert flat(40, surrogate_clean=1) == []


def test_how_many_rows_each_audit_finds_is_counted():
    twice = {"craft": ON_A["craft"], "target": B["model"], "task": "z", "is_counted": False}
    made = {"models": [A, B], "crafts": [ON_A, CLEAN], "predictions": RIGHT, "crafted": SIZES, "records": RECORDS}
    found = audited(tables(**made, tiles=[*tiles_of_one_record(RIGHT), twice]))
    assert found.keys() == questions("audits").keys()
    assert {name: rows for name, rows in found.items() if rows} == {"squares_counted_twice": 1}
