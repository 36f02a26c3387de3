"""Figures of claims, of refusing and of shares: readable, and drawn of what the questions answer."""

import pytest

from analysis.figures import figure, misconceptions, pool_errors, risk_coverage, variance_shares
from analysis.figures._paper import paper
from analysis.shares import TERMS
from tests.analysis.figures.legible import texts, troubles
from tests.analysis.made import HOSTILE, tables
from transfer.errors import TransferError

NAMES = ("a network", HOSTILE[2][:20], "another network of a rather long name")
ENDS = {"low": 20.0, "high": 40.0, "seeds": 3}


def test_a_figure_of_claims_says_what_is_missing(tmp_path):
    nothing = tables()
    for name in ("misconceptions", "pool_errors", "risk_coverage", "variance_shares"):
        with pytest.raises(TransferError, match=r"Q089\]: (no|too) .*\.$"):
            figure(name)(nothing, tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


def test_refusing_has_a_panel_for_each_rule_and_kind_of_images_and_a_line_for_each_answerer():
    rows = [
        {"answerer": name, "shown": shown, "rule": rule, "coverage": coverage, "ours": 30.0, **ENDS}
        for name in (*NAMES, *map(str, range(6)))
        for shown in risk_coverage.SHOWN
        for rule in risk_coverage.RULES
        for coverage in (5, 50, 100)
    ]
    rows += [
        {**row, "answerer": "committee", "rule": risk_coverage.VOTE} for row in rows if row["answerer"] == NAMES[0]
    ]
    with paper(""):
        drawn = risk_coverage.draw(rows, "fgsm, linf 0.25")
        assert not troubles(drawn)
        of_one_seed = risk_coverage.draw([row for row in rows if row["shown"] != "other"], "fgsm, linf 0.25")
        assert not troubles(of_one_seed)
    assert [len(axes.lines) for axes in drawn.axes] == [10] * 6
    assert "committee, by agreement" in texts(drawn)
    assert len(of_one_seed.axes) == 4 and risk_coverage.SHOWN["other"] not in texts(of_one_seed)


def test_claims_have_a_line_for_each_case_and_its_numbers():
    rows = [
        {"claim": claim, "case": case, "ours": 30.0, "low": None if case == "plain" else 20.0, "high": 104.5}
        for (claim, _), cases in misconceptions.CLAIMS.items()
        for case in cases
    ]
    with paper(""):
        drawn = misconceptions.draw(rows)
        assert not troubles(drawn)
    assert len(misconceptions.CLAIMS) == 8
    assert texts(drawn).count("30.0 [20.0, 104.5]") == sum(row["case"] != "plain" for row in rows)


def test_shares_have_a_point_for_each_drawing_in_each_panel():
    rows = [
        {"attack": "deepfool", "budget": budget, "part": "test", "drawing": drawing, "term": term, "share": 0.3}
        for budget in ("as crafted", "rms 0.1")
        for drawing in "PQR"
        for term in TERMS
    ]
    with paper(""):
        drawn = variance_shares.draw([{**row, "low": 0.2, "high": 0.4} for row in rows])
        assert not troubles(drawn)
    assert [len(axes.lines) for axes in drawn.axes] == [2 * 3 * len(TERMS)] * 2


def test_pool_errors_show_ours_and_what_is_published():
    rows = [{"arm": name, "ours": 2.0, "published": None, "low": 1.5, "high": 2.5} for name in NAMES]
    with paper(""):
        drawn = pool_errors.draw([{**rows[0], "published": 1.6}, *rows[1:]])
        assert not troubles(drawn)
    assert [len(axes.lines) for axes in drawn.axes] == [2 * 3 + 1]
