"""The matrix as LaTeX: the same numbers, and no name that is a command."""

import re

from analysis.latex import escaped, latex
from analysis.matrix import Label, Matrix, Row, Square, matrix
from tests.analysis.made import HOSTILE, random_results, tables


def made(names):
    results = random_results(names=names, images=12, budgets=(0.1,), holes=0.1, title="100% & more_")
    rows = {"models": results.models, "crafts": results.crafts, "predictions": results.predictions}
    return matrix(tables(study=[results.document], **rows))


def test_squares_hold_the_numbers_of_the_matrix_in_its_order():
    shown = made(("one", "two", "three"))
    text = latex(shown, seeds=1)
    found = re.findall(r"cellcolor\{blue!(\d+)\}(?:\\textit\{)?([\d.]+)\{\\tiny\$\\,\\pm\\,\$([\d.]+)\}", text)
    squares = [square for row in (*shown.surrogates, *shown.controls) for square in row.squares]
    squares = [square for square in squares if square and square.rate is not None]
    expected = [
        (f"{round(70 * one.rate)}", f"{100 * one.rate:.1f}", f"{100 * one.interval.half_width:.1f}") for one in squares
    ]
    assert found == expected and len(found) > 5


def test_the_caption_says_condition_n_interval_and_seeds():
    row = Row(Label("a"), (Square(5, 10, is_diagonal=True), Square(3, 10), None))
    shown = Matrix("T", "fgsm", "linf 0.1", None, "all", tuple(map(Label, "abc")), (row,), ())
    caption = latex(shown, seeds=3).split(r"\caption{")[1].split("\n")[0]
    for part in ("fgsm, linf 0.1", "all images", "$n$ = 10", r"95\% interval", "3 seeds"):
        assert part in caption
    assert r"\textit{50.0" in latex(shown, 3) and " & -- & 30.0" in latex(shown, 3)


def test_no_name_is_a_command():
    assert escaped(r"a$b_1^2$ 50% & #1 {x} \input") == (
        r"a\$b\_1\textasciicircum{}2\$ 50\% \& \#1 \{x\} \textbackslash{}input"
    )
    text = latex(made(HOSTILE[1:5]), seeds=1)
    assert r"\textless{}script\textgreater{}" in text and r"\caption{100\% \& more\_" in text
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
