"""The page of findings, from a study whose every cell is the paper's own: then nothing may differ."""

import csv
from functools import cache
from pathlib import Path

import pytest

from analysis.answers import answer
from analysis.findings import of_kept, of_results, page
from analysis.published import HERE
from tests.analysis.made import craft, crafted, model, prediction, random_results, tables
from transfer.errors import TransferError

IMAGES = 256


def rows_of(stem):
    with (HERE / f"{stem}.csv").open(encoding="utf-8") as lines:
        next(lines)
        yield from csv.DictReader(lines)


def ours(table, name, split):
    return name if table == "1" else f"{name} ({split})"


@cache
def papers_own():
    """A study in which each network errs on as many of 256 images as the paper prints."""
    networks, models, trained, sizes = {}, [], [], []
    for row in rows_of("szegedy2014_models"):
        one = model(ours(row["table"], row["model"], row["train_split"]), len(models), split=row["train_split"])
        networks[str(int(row["table"]) + 1), row["model"]] = one
        models.append(one)
        own, other = ("p1", "p2") if row["train_split"] == "P1" else ("p2", "p1")
        errors = {"train": row["train_error"] or row[f"error_{own}"], "rest": row[f"error_{other}"]}
        for part, percent in {**errors, "test": row["test_error"]}.items():
            if percent:
                seen = {"model": one["model"], "epoch": 1, "part": part, "images": 10_000, "loss": 0.0}
                trained.append({**seen, "right": 10_000 - round(100 * float(percent))})
        on = made(row["table"] == "1", one, "as crafted")
        distortion = float(row["min_distortion_rms"])
        sizes += [crafted(on, image, goal=1, rms=distortion, is_found=True) for image in range(2)]
    crafts, shown = {}, []
    for row in rows_of("szegedy2014_transfer"):
        is_as_crafted = row["scaling"] == "as crafted" and row["crafted_on"] != "gaussian"
        budget = "as crafted" if is_as_crafted else f"rms {row['distortion_rms']}"
        on = made(row["table"] == "2", networks.get((row["table"], row["crafted_on"])), budget)
        crafts[on["craft"]] = on
        wrong = round(float(row["error_percent"]) * IMAGES / 100)
        target = networks[row["table"], row["shown_to"]]
        shown += [prediction(on, target, image, 0, int(image < wrong)) for image in range(IMAGES)]
    study = {"study": "szegedy2014", "title": "Tables 1 to 4", "data": {}}
    rows = {"models": models, "crafts": crafts.values(), "predictions": shown, "trained": trained, "crafted": sizes}
    return tables(study=[study], **rows)


def made(is_whole, surrogate, budget):
    named = {"attack": "lbfgs", "budget": budget, "part": "train" if is_whole else "test"}
    if surrogate is None:
        return craft(**{**named, "attack": "gaussian"}, role="control", control="gaussian")
    return craft(surrogate, **named)


@pytest.mark.parametrize(("name", "cells"), [("table1", 18), ("table2", 48), ("table3", 12), ("table4", 24)])
def test_the_papers_own_numbers_differ_nowhere(name, cells):
    rows = answer(papers_own(), f"szegedy2014_{name}").entries
    assert len(rows) == cells
    for row in rows:
        assert row["ours"] == pytest.approx(row["published"], abs=100 / IMAGES / 2)
        assert row["mark"] == ""
        assert row["low"] is None or row["low"] <= 0 <= row["high"]


def test_in_the_papers_own_numbers_reach_goes_with_size():
    claims = {row["claim"]: row for row in answer(papers_own(), "szegedy2014_claims").entries}
    size = claims["correlation of reach and size"]
    assert (size["published"], size["ours"]) == pytest.approx((0.94, 0.94), abs=0.005)
    assert size["cells"] == 6
    reach = [row["published_reach"] for row in answer(papers_own(), "szegedy2014_reach").entries]
    assert reach == pytest.approx([7.2, 2.4, 12.8, 9.0, 35.3, 54.5], abs=0.06)
    assert claims["least error on its own examples"]["ours"] == 100
    assert claims["within minus across, as crafted"]["published"] == pytest.approx(16.225 - 6.85)
    assert claims["within minus across, rms 0.1"]["published"] == pytest.approx(97 - 35.5)


def test_the_page_says_so_claim_by_claim():
    text = page([of_results(papers_own())])
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    claims = [line for line in lines if " | Table " in line]
    assert len(claims) > 20
    assert {line.count(" | ") for line in claims} == {4}
    verdicts = [line.strip("| ").split(" | ")[-1] for line in claims]
    assert "0 of 48 differ" in verdicts and "0 of 24 differ" in verdicts and "reproduced" in verdicts
    assert not any("higher" in verdict or "lower" in verdict or "beyond" in verdict for verdict in verdicts)
    assert "## Tables 1 to 4" in text and "correlate with 0.94 as published and 0.94 here" in text
    assert (
        "| The attack reaches its goal on its own network: the least share, % | Tables 1 to 4 | 100.0 | 100.0 |" in text
    )
    assert text.endswith(".\n") and "\n\n\n" not in text


def test_a_study_of_which_nothing_is_written_names_those_there_are():
    results = random_results(budgets=(0.1,))
    with pytest.raises(TransferError, match=r"nothing is written of a study called 'made'\. Known: .*szegedy2014"):
        page([of_results(tables(study=[results.document], models=results.models))])


def test_the_page_is_made_of_the_answers_kept_beside_it_as_well(tmp_path):
    asked = of_results(papers_own())
    text = page([asked])
    kept = tmp_path / "szegedy2014.json"
    kept.write_text(asked.kept(), encoding="utf-8")
    assert page([of_kept(kept)]) == text
    kept.write_text("{}", encoding="utf-8")
    with pytest.raises(TransferError, match=r"Q091.*szegedy2014\.json holds no answers"):
        of_kept(kept)


def test_the_committed_page_is_the_one_that_its_committed_answers_make():
    pages = Path(__file__).parents[3] / "docs"
    kept = sorted((pages / "findings").glob("*.json"))
    assert kept
    asked = [of_kept(path) for path in kept]
    assert page(asked) == (pages / "findings.md").read_text(encoding="utf-8")
    for one, path in zip(asked, kept, strict=True):
        assert one.kept() == path.read_text(encoding="utf-8")  # nothing is kept that the page does not need
