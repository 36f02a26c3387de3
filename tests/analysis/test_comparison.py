"""Two results beside each other: equal ones are equal, and one square that moves is the one that is named."""

from analysis.comparison import compare
from tests.analysis.made import craft, model, prediction, tables

MODELS = [model("one"), model("two", 1)]
CRAFT = craft(MODELS[0], images=200)


def results(wrong, models=MODELS, crafts=(CRAFT,)):
    """So many of 200 images fool each model."""
    rows = [
        prediction(one, target, image, 0, int(image < count))
        for one in crafts
        for target, count in zip(models, wrong, strict=True)
        for image in range(200)
    ]
    return tables(study=[{"title": "T"}], models=models, crafts=crafts, predictions=rows)


def test_equal_results_differ_nowhere():
    found = compare(results([150, 40]), results([150, 40]))
    assert found.is_equal and len(found.both) == 2 and not found.beyond
    assert next(found.summary()).startswith("2 squares in both: 0 differ beyond")


def test_what_chance_explains_is_no_difference():
    assert compare(results([150, 40]), results([155, 45])).is_equal


def test_a_square_that_moved_is_named_with_its_interval():
    found = compare(results([150, 40]), results([150, 90]))
    assert [one.square[3:] for one in found.beyond] == [("one", "two")] and not found.is_equal
    (moved,) = found.beyond
    low, high = moved.interval
    assert moved.points == 25 and low < 25 < high and low > 10


def test_squares_that_only_one_has_are_told_and_are_a_difference():
    other = craft(MODELS[0], images=200, order=1, budget="linf 0.2", epsilon=0.2)
    found = compare(results([1, 1]), results([1, 1], crafts=(CRAFT, other)))
    assert len(found.only_other) == 2 and not found.only_one and not found.is_equal
    assert "2 squares are in the second alone, such as fgsm, linf 0.2, test, one, one." in list(found.summary())
