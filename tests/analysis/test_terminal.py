import pytest

from analysis.matrix import Label, Matrix, Row, Square, matrix
from analysis.terminal import text
from analysis.text import width
from tests.analysis.made import HOSTILE, NAMES, random_results, tables


def drawn(names=("linear", "mlp"), surrogates=(), controls=(), title="Does it transfer?"):
    columns = tuple(Label(name) for name in names)
    return Matrix(title, "fgsm", "linf 0.1", None, "both-right", columns, tuple(surrogates), tuple(controls))


def test_a_matrix_reads_from_top_to_bottom():
    made = drawn(
        surrogates=[
            Row(Label("linear"), (Square(100, 100, is_diagonal=True), Square(50, 100))),
            Row(Label("mlp"), (None, Square(0, 0, is_diagonal=True))),
        ],
        controls=[
            Row(Label("noise"), (Square(4, 200, pooled=2), Square(0, 0, pooled=2))),
            Row(Label("clean"), (Square(8, 100), Square(3, 100)), has_surrogate=False, is_clean=True),
        ],
    )
    assert (
        text(made)
        == """\
Does it transfer?
fgsm, linf 0.1: % fooled of the images that surrogate and target classify right
when clean

            shown to
crafted on   linear      mlp     mean

linear      [100.0]    50.0     50.0
            96-100    40-60
             n 100    n 100
mlp              ·        -

                        n 0

mean                   50.0

noise          2.0        -      2.0
               1-7
             n 200      n 0
clean          8.0      3.0      5.5
              4-15      1-8
             n 100    n 100

Beneath each rate: its 95% Wilson interval, and n, the images counted.
[ ]  its own surrogate is shown the examples: left out of means
·  not run
-  no image to count
noise: 2 crafts of the same images pooled, so the interval counts n/2
clean: error on all clean images
"""
    )


def shown(names, columns=80, holes=0.0):
    results = random_results(names=names, images=12, holes=holes, budgets=(0.1,))
    rows = {"models": results.models, "crafts": results.crafts, "predictions": results.predictions}
    return text(matrix(tables(study=[results.document], **rows)), columns)


@pytest.mark.parametrize("names", [NAMES, HOSTILE, [f"FC100-100-10 (P{one})" for one in range(8)], ["one"]])
def test_up_to_eight_models_fit_in_eighty_columns(names):
    page = shown(names, holes=0.2)
    assert max(map(width, page.splitlines())) <= 80
    assert "--wide" not in page


def test_more_models_are_cut_and_it_is_said_how_to_see_them():
    names = [f"model {one}" for one in range(20)]
    page = shown(names)
    assert max(map(width, page.splitlines())) <= 80
    assert "of 20 targets are shown; means are over all." in page and "--wide" in page
    wide = shown(names, None)
    assert "--wide" not in wide and wide.count("model") >= 40


def test_a_name_cannot_steer_the_terminal():
    made = drawn(names=("\x1b[2Ja", "b\nc"), surrogates=[Row(Label("\x1b]0;x\x07"), (None, None))], title="\x1b[31mred")
    assert not {character for character in text(made) if ord(character) < 32} - {"\n"}
