import pytest

from analysis.matrix import Square, matrix
from tests.analysis.made import clean, craft, model, noise, prediction, random_results, tables
from transfer.errors import TransferError

A, B = model("A"), model("B", 1)
ON_A, ON_B = craft(A), craft(B, order=1)
NOISE_A, NOISE_B = noise(ON_A, A, order=2), noise(ON_B, B, order=3)
CLEAN = clean(order=4)
ALL = (ON_A, ON_B, NOISE_A, NOISE_B, CLEAN)
STUDY = {"study": "s", "title": "Title"}


def shown(craft, target, *answers):
    return [prediction(craft, target, image, 0, answer) for image, answer in enumerate(answers)]


def made(predictions=(), models=(A, B), crafts=ALL, **asked):
    return matrix(tables(study=[STUDY], models=models, crafts=crafts, predictions=predictions), **asked)


def test_a_square_knows_its_rate_and_interval_and_an_empty_one_has_neither():
    assert Square(1, 4).rate == 0.25
    assert Square(1, 4).interval == pytest.approx((0.0456, 0.6994), abs=1e-4)
    assert Square(0, 0).rate is None and Square(0, 0).interval is None
    # Four crafts of the same ten images are worth ten images.
    assert Square(8, 40, pooled=4).interval == Square(2, 10).interval


def test_squares_not_run_are_none_and_the_diagonal_is_out_of_means():
    rows = [*shown(ON_A, A, 1, 1, 1, 1), *shown(ON_A, B, 1, 0, 0, 0), *shown(ON_B, B, 1, 1, 1, 1)]
    found = made(rows)
    assert found.surrogates[0].squares == (Square(4, 4, is_diagonal=True), Square(1, 4))
    assert found.surrogates[1].squares == (None, Square(4, 4, is_diagonal=True))
    assert [row.mean for row in found.surrogates] == [0.25, None]
    assert found.means == (None, 0.25)
    assert found.n == (4, 4)


def test_the_noise_row_pools_what_was_made_like_each_craft_that_is_shown():
    stronger = craft(A, order=5, budget="linf 0.2", epsilon=0.2)
    unlike = noise(stronger, A, order=6)
    rows = [
        *shown(NOISE_A, A, 1, 0, 0, 0),
        *shown(NOISE_B, A, 1, 1, 0, 0),
        *shown(NOISE_B, B, 0, 0, 0, 1),
        *shown(unlike, A, 1, 1, 1, 1),
    ]
    found = made(rows, crafts=(*ALL, stronger, unlike))
    assert [row.label.name for row in found.controls] == ["noise", "clean"]
    assert found.controls[0].squares == (Square(3, 8, pooled=2), Square(1, 4, pooled=1))


def test_the_clean_row_is_the_error_on_all_images_whatever_is_asked():
    wrong = [prediction(CLEAN, A, image, 0, answer, target_clean=answer) for image, answer in enumerate((0, 1, 1))]
    for of in ("both-right", "all"):
        row = made(wrong, of=of).controls[-1]
        assert row.is_clean
        assert row.squares == (Square(2, 3), None)


def test_what_is_not_said_is_the_first_of_the_study():
    other = craft(A, order=9, attack="pgd", budget="l2 1", norm="l2", epsilon=1)
    found = made(crafts=(other, *ALL))
    assert (found.attack, found.budget, found.heading, found.title) == ("fgsm", "linf 0.1", "fgsm, linf 0.1", "Title")
    assert made(crafts=(other, *ALL), attack="pgd").budget == "l2 1"


def test_the_part_is_named_and_kept_apart_where_there_is_more_than_one():
    train = craft(A, order=8, part="train")
    rows = [*shown(ON_A, B, 1), *shown(train, B, 0, 0)]
    first = made(rows, crafts=(ON_A, train))
    assert (first.heading, first.surrogates[0].squares[1]) == ("fgsm, linf 0.1, test images", Square(1, 1))
    second = made(rows, crafts=(ON_A, train), part="train")
    assert (second.heading, second.surrogates[0].squares[1]) == ("fgsm, linf 0.1, train images", Square(0, 2))


def test_rows_are_crafts_so_an_ensemble_has_one_and_a_model_that_is_only_a_target_has_none():
    both = craft({**A, "name": "A and B"}, order=1, surrogates=[A["model"], B["model"]])
    last = model("C", 2, is_surrogate=False)
    found = made(shown(both, B, 1), models=(A, B, last), crafts=(ON_A, both))
    assert [row.label.name for row in found.surrogates] == ["A", "A and B"]
    assert [column.name for column in found.columns] == ["A", "B", "C"]
    assert found.surrogates[1].squares[1] == Square(1, 1, is_diagonal=True)
    assert [row.label.family for row in found.surrogates] == ["A", None]


def test_two_names_for_one_model_each_have_their_row_and_column():
    twin = {**A, "name": "A again", "order": 2}
    again = {**ON_A, "surrogate": "A again", "order": 2}
    found = made(shown(ON_A, A, 1, 0), models=(A, twin), crafts=(ON_A, again))
    assert [row.squares for row in found.surrogates] == [(Square(1, 2, is_diagonal=True),) * 2] * 2


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"attack": "fgms"}, r"no attack is called 'fgms'. Did you mean 'fgsm'\? Known: fgsm."),
        (
            {"budget": "linf 0.11"},
            r"no budget of fgsm is called 'linf 0.11'. Did you mean 'linf 0.1'\? Known: linf 0.1.",
        ),
        (
            {"of": "both-rihgt"},
            r"no denominator is called 'both-rihgt'. Did you mean 'both-right'\? Known: both-right, ",
        ),
        ({"part": "train"}, r"no part of fgsm is called 'train'.* Known: test."),
    ],
)
def test_what_is_not_in_the_study_is_refused_with_what_is(asked, problem):
    with pytest.raises(TransferError, match=problem):
        made(**asked)


def test_a_study_that_attacks_nothing_has_no_matrix():
    with pytest.raises(TransferError, match="crafts nothing on a surrogate"):
        made(crafts=(CLEAN,))


def test_the_matrix_shows_what_the_transfer_matrix_counts():
    results = random_results(5, holes=0.2)
    connection = tables(
        study=[results.document], models=results.models, crafts=results.crafts, predictions=results.predictions
    )
    found = matrix(connection, of="all", budget="linf 0.2")
    asked = "select surrogate, target, fooled, n from transfer_matrix where denominator = 'all' and role = 'attack'"
    rows = connection.execute(f"{asked} and budget = 'linf 0.2'").fetchall()
    squares = [
        (row.label.name, column.name, square.fooled, square.n)
        for row in found.surrogates
        for column, square in zip(found.columns, row.squares, strict=True)
        if square
    ]
    assert squares == rows
