import pytest

from analysis.findings.claims import (
    against,
    cells,
    claim,
    effect,
    inside,
    interval,
    least,
    number,
    plain,
    rate,
    size,
)

CELL = {"published": 5, "ours": 7.125, "difference": 2.125, "low": -1.0, "high": 5.25, "mark": ""}
NOT_RUN = dict.fromkeys((*CELL, "ratio", "effect"), None) | {"published": 5, "mark": ""}


def said(row):
    return [cell.strip() for cell in row.strip("|").split(" | ")]


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "no difference shown"),
        ({"mark": "*"}, "ours is higher"),
        ({"mark": "*", "difference": -2.0}, "ours is lower"),
    ],
)
def test_a_rate_differs_where_it_is_marked(changed, verdict):
    row = rate("error", "Table 1", CELL | changed)
    assert row == f"| error | Table 1 | 5 | 7.12; difference [−1.00, +5.25] | {verdict} |"


@pytest.mark.parametrize(("ratio", "verdict"), [(1.5, "within"), (1.51, "beyond"), (0.67, "within"), (0.66, "beyond")])
def test_a_size_is_judged_by_its_factor_either_way(ratio, verdict):
    row = size("rms", "T", {"published": 0.06, "ours": 0.0712, "ratio": ratio, "ratio_low": 0.5, "ratio_high": 2.0})
    assert said(row)[3:] == [f"0.071: {ratio:.2f} times [0.50, 2.00]", f"{verdict} a factor of 1.5"]


def test_cells_are_counted_where_they_were_run():
    rows = [CELL, CELL | {"mark": "*", "difference": -6.125}, NOT_RUN]
    assert said(cells("all", "T", rows))[2:] == ["2 cells", "4.1 points away on average", "1 of 2 differ"]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.03, "above 0"), (-0.03, -0.01, "below 0"), (-0.01, 0.03, "not shown: 0 is inside")],
)
def test_an_effect_is_shown_where_its_interval_excludes_0(low, high, verdict):
    row = effect("within minus across", "T", None, {"effect": 0.0125, "low": low, "high": high})
    assert said(row)[2:] == ["not in the paper", f"+1.2 {interval(100 * low, 100 * high)}", verdict]


def test_an_effect_of_too_few_seeds_is_not_judged():
    assert said(effect("x", "T", 9.35, {"effect": 0.02, "low": None, "high": None}))[2:] == [
        "+9.3",
        "+2.0",
        "too few seeds for an interval",
    ]


def test_what_is_claimed_to_be_all_is_held_to_a_limit():
    assert said(least("x", "T", {"published": 100, "ours": 99.6}, of=99.5))[4] == "reproduced"
    assert said(least("x", "T", {"published": 100, "ours": 99.4}, of=99.5))[4] == "below 99.5"


@pytest.mark.parametrize(
    ("published", "verdict"), [(0.9, "within our interval"), (0.97, "ours is lower"), (0.7, "ours is higher")]
)
def test_a_number_is_reproduced_where_the_papers_lies_in_the_interval_of_ours(published, verdict):
    row = {"published": published, "ours": 0.88, "low": 0.8, "high": 0.95}
    assert said(inside("r", "T", row))[2:] == [f"{published:.2f}", "0.88 [0.80, 0.95]", verdict]
    assert said(inside("r", "T", row | {"low": None, "high": None}))[4] == "too few for an interval"


@pytest.mark.parametrize(("of", "verdict"), [(0, "above 0"), (2, "not shown: 2 is inside"), (9.5, "below 9.5")])
def test_what_is_claimed_in_words_is_held_to_a_limit_with_its_interval(of, verdict):
    row = {"ours": 2.5, "low": 1.0, "high": 4.0}
    assert said(against("x", "T", "more", row, of=of))[2:] == ["more", "2.5 [1.0, 4.0]", verdict]
    assert said(against("x", "T", "more", row | {"low": None, "high": None}))[4] == "too few for an interval"


def test_what_has_not_been_run_is_never_judged():
    rows = [rate("x", "T", NOT_RUN), size("x", "T", NOT_RUN), cells("x", "T", [NOT_RUN]), least("x", "T", NOT_RUN, 99)]
    rows += [plain("x", "T", NOT_RUN), effect("x", "T", None, NOT_RUN)]
    rows += [inside("x", "T", NOT_RUN), against("x", "T", "more", NOT_RUN)]
    assert {said(row)[3] for row in rows} == {said(row)[4] for row in rows} == {"not run"}


def test_a_row_stays_one_row():
    assert claim("a|b", "c", "d", "e", "f").replace("\\|", "").count("|") == 6
    assert (number(None), number(-1.25, "+.1f"), interval(None, 1)) == ("not run", "−1.2", "")
