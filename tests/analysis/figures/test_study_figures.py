"""The figures of single studies: readable, of the rows of their questions, and saying what is missing where it is."""

import csv

import numpy as np
import pytest

from analysis.figures import (
    alignment,
    boundaries,
    confidence,
    figure,
    fooling_rounds,
    line_scans,
    noise_around,
    stability,
    units,
)
from analysis.figures._paper import paper
from analysis.figures._sheet import entries
from tests.analysis.figures.legible import texts, troubles
from tests.analysis.made import HOSTILE, clean, craft, crafted, model, noise, prediction, tables
from transfer.errors import TransferError

NAMES = ("a network", HOSTILE[2][:20], "another network of a rather long name, seed 7")
ENDS = {"low": 0.5, "high": 2.0, "seeds": 3}


def test_a_figure_of_a_study_says_what_is_missing(tmp_path):
    nothing = tables()
    for name in ("alignment", "boundaries", "confidence", "line_scans", "noise_around", "stability"):
        with pytest.raises(TransferError, match=r"Q089\]: (no|the) .*\.$"):
            figure(name)(nothing, tmp_path / "x.png")
    with pytest.raises(TransferError, match=r"no network called background has images"):
        fooling_rounds.of_results(nothing, tmp_path / "x.png", results=tmp_path)
    with pytest.raises(TransferError, match=r"unit_coherence was asked of no trained network 'mpl'\."):
        units.of_results(nothing, tmp_path / "x.png", results=tmp_path, of="mpl")
    assert not list(tmp_path.iterdir())


def test_alignment_shows_each_pair_and_says_both_correlations():
    points = [
        {"surrogate_family": f"{name} {twin}", "x": len(name) / 50, "y": len(name) / 60}
        for name in NAMES
        for twin in "HL"
    ]
    rows = [{**point, "relation": relation} for relation in alignment.PANELS for point in points]
    relations = [{"ours": value} for value in (0.99, 0.93, 0.91, 0.72, None, None)]
    with paper(""):
        drawn = alignment.draw(rows, relations)
        assert not troubles(drawn)
    assert [len(axes.lines) for axes in drawn.axes] == [6, 6, 6]
    assert {"likeness of perturbations\nr 0.99, tau 0.93", "fooling rate\n"} <= set(texts(drawn))


def test_boundaries_have_a_bar_for_each_measure_and_are_legible():
    pairs = [(one, other) for one in NAMES[1:] for other in NAMES[1:]]
    rows = [
        {"panel": panel, "network": one, "other": other, "measure": measure, "ours": 1.0, **ENDS}
        for one, other in pairs
        for panel in boundaries.PANELS
        for measure in (boundaries.DIMENSIONS if panel == boundaries.PANELS[0] else boundaries.DISTANCES)
    ]
    with paper(""):
        drawn = boundaries.draw(rows)
        assert not troubles(drawn)
    assert [len(axes.patches) for axes in drawn.axes] == [3 * len(pairs)] * 4


def test_noise_has_a_panel_for_each_network_and_budget():
    rows = [
        {"network": name, "budget": budget, "place": place, "answer": said, "multiplier": size, "rate": 50, **ENDS}
        for name in NAMES
        for budget in ("as crafted", "rms 0.1")
        for place, said in noise_around.CURVES
        for size in (1 / 32, 1, 32)
    ]
    with paper(""):
        drawn = noise_around.draw([{**row, "low": 40, "high": 60} for row in rows])
        assert not troubles(drawn)
    assert [len(axes.lines) for axes in drawn.axes] == [4] * 6


def test_confidence_has_a_panel_for_each_network_and_kind_of_image_of_100_percent():
    kinds = ("clean", "fgsm", "noise", "other_image")
    answers = [(True, 19, 3), (False, 19, 1), (False, 0, 4)]
    rows = [
        {"network": name, "kind": kind, "is_right": is_right, "bin": place, "answers": count}
        for name in NAMES
        for kind in kinds
        for is_right, place, count in answers
    ]
    with paper(""):
        drawn = confidence.draw(rows)
        assert not troubles(drawn)
    assert len(drawn.axes) == len(NAMES) * len(kinds)
    for axes in drawn.axes:
        tops = [bar.get_y() + bar.get_height() for bar in axes.patches[confidence.BINS :]]
        assert (tops[0], tops[1], tops[19], sum(tops)) == (50, 0, 50, 100)


def test_confidence_counts_what_was_made_on_the_network_itself_by_the_first_attack():
    nets = [model(f"a seed {seed}", seed, seed=seed) for seed in range(2)]
    on = [craft(net, order=place + 1) for place, net in enumerate(nets)]
    later = craft(nets[0], attack="pgd", order=5)
    crafts = [clean(), *on, noise(on[0], nets[0], order=3), later]
    shown = [prediction(crafts[0], nets[0], 0, 0, 0, confidence=1.0)]
    shown += [prediction(one, nets[0], 0, 0, 1, confidence=0.05) for one in (*on, later)]
    shown += [prediction(on[1], nets[1], 0, 0, 1, confidence=0.07), prediction(crafts[3], nets[0], 0, 0, 0)]
    rows = entries(tables(models=nets, crafts=crafts, predictions=shown), confidence.SQL)
    assert [(row["kind"], row["is_right"], row["bin"], row["answers"]) for row in rows] == [
        ("clean", True, 19, 1),
        ("fgsm", False, 1, 2),
        ("noise", True, 19, 1),
    ]


def test_fooling_rounds_show_one_image_for_each_goal_in_every_round_and_what_is_said_of_all():
    nets = [
        model(f"background{'' if epoch == 4 else f' epoch {epoch}'} seed {seed}", seed=seed, epoch=epoch)
        for seed in range(2)
        for epoch in (4, 2)
    ]
    crafts = [craft(net, attack="fooling", order=place + 1) for place, net in enumerate(nets)]
    # Image 0 is wrong when clean in the first round; 1 and 3 have goal 0. Nothing is class 3, after the labels 0 to 2.
    made = [
        crafted(one, image, 2, goal=image % 3 % 2, surrogate_clean=image and 2, surrogate_crafted=3 if place else 1)
        for place, one in enumerate(crafts)
        for image in range(4)
    ]
    rows = entries(tables(models=nets, crafts=[clean(), *crafts], crafted=made), fooling_rounds.SQL)
    assert [(row["round"], row["name"], row["goal"], row["image"]) for row in rows] == [
        (1, "background epoch 2 seed 0", 0, 2),
        (1, "background epoch 2 seed 0", 1, 1),
        (2, "background seed 0", 0, 2),
        (2, "background seed 0", 1, 1),
    ]
    assert [(row["is_nothing"], row["caught"], row["fooled"]) for row in rows] == [(True, 1, 0)] * 2 + [
        (False, 0, 0.25)
    ] * 2


def test_fooling_rounds_are_legible_with_ten_goals():
    same = {"label": 3, "caught": 0.5, "fooled": 1.0}
    rows = [
        {**same, "round": at, "craft": str(at), "goal": goal, "image": goal, "said": goal, "is_nothing": goal == at}
        for at in range(1, 7)
        for goal in range(10)
    ]
    shown = {(craft, image): np.zeros((1, 4, 4), np.float32) for craft in ("clean", *"123456") for image in range(10)}
    with paper(""):
        drawn = fooling_rounds.draw(rows, shown)
        assert not troubles(drawn)
    assert len(drawn.axes) == 7 * 10 and texts(drawn).count("nothing") == 6


def test_stability_has_a_point_for_each_network_and_its_bars():
    quantities = {"product": 30.0, "slope": 10.0, "distance": 1.0}
    rows = [
        {"network": name, "quantity": quantity, "ours": value, "low": value / 2, "high": 2 * value}
        for name in NAMES
        for quantity, value in quantities.items()
    ]
    with paper(""):
        drawn = stability.draw(rows)
        assert not troubles(drawn)
    assert [len(axes.lines) for axes in drawn.axes] == [3 * 3 + 1, 3 * 3]


@pytest.fixture(scope="module")
def scanned():
    one = model("relu seed 0", epoch=6)
    on = clean()
    probes = [
        {"probe": "p", "name": "scan", "function": "line_scan", "model": one["name"], "part": "test", "position": 0}
    ]
    nothing = {"probe": "p", "model": "", "other": None, "craft": None, "layer": None}
    places = (-1.0, 0.0, 1.0)
    measured = [
        {**nothing, "image": None, "unit": unit, "name": "at", "value": place} for unit, place in enumerate(places)
    ]
    measured += [
        {**nothing, "image": 5, "unit": unit, "name": f"{line} logit {label}", "value": (1 - 2 * label) * (1 - place)}
        for line in line_scans.LINES
        for label in range(2)
        for unit, place in enumerate(places)
    ]
    return tables(models=[one], crafts=[on], crafted=[crafted(on, 5)], probes=probes, measured=measured)


def test_line_scans_draw_the_image_that_is_right_and_keep_their_numbers(scanned, tmp_path):
    assert line_scans.of_results(scanned, tmp_path / "x.png") == ""
    rows = list(csv.DictReader((tmp_path / "x.csv").open(encoding="utf-8")))
    assert {(row["network"], row["image"], row["label"]) for row in rows} == {("relu", "5", "0")}
    assert len(rows) == 3 * 2
