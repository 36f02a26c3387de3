"""Liu et al. 2017 beside ours: every cell is there, finds its own counts, and the means are those of the paper."""

import pytest

from analysis.answers import answer
from analysis.findings import of_results, page
from tests.analysis.made import clean, craft, crafted, model, noise, prediction, tables

NAMES = {"ResNet-20": "ResNet", "ResNet-14": "ResNet", "ResNet-8": "ResNet", "VGG-11": "VGG", "DenseNet": "DenseNet"}
NETWORKS = {name: model(name, order, family=family) for order, (name, family) in enumerate(NAMES.items())}
IMAGES = 10
CLEAN = clean(images=IMAGES)
GOAL = 7


def shown(craft, target, wrong, matched=0, images=IMAGES):
    """The first `wrong` images get a wrong answer, `matched` of them the goal's class."""
    says = [GOAL if image < matched else 1 if image < wrong else 0 for image in range(images)]
    return [prediction(craft, NETWORKS[target], image, 0, said) for image, said in enumerate(says)]


def made(on, attack, order=1, budget=None):
    budget = budget or ("rms 0.092" if attack == "fast gradient" else "as crafted")
    members = [name for name in NAMES if f"without {name}" != on] if on.startswith("without") else [on]
    ids = [NETWORKS[name]["model"] for name in members]
    return craft({"name": on, "model": ""}, order=order, attack=attack, budget=budget, images=IMAGES, surrogates=ids)


def study(crafts, rows):
    """Every network is right about every clean image, but VGG-11 about the last."""
    rows = [*rows, *(row for name in NAMES for row in shown(CLEAN, name, 0))]
    wrong = NETWORKS["VGG-11"]["model"]
    for row in rows:
        if (row["craft"], row["target"], row["image"]) == (CLEAN["craft"], wrong, IMAGES - 1):
            row["predicted"] = 3
    sizes = [crafted(one, image, goal=GOAL, rms=0.1) for one in crafts for image in range(IMAGES)]
    named = [{"study": "liu2017", "title": "Ensembles", "data": {}}]
    models = list(NETWORKS.values())
    return tables(study=named, models=models, crafts=[CLEAN, *crafts], predictions=rows, crafted=sizes)


def cells(connection):
    rows = answer(connection, "liu2017_cells").entries
    return {(row["paper_table"], row["crafted_on"], row["shown_to"]): row for row in rows}


def test_of_a_study_that_has_not_run_every_cell_is_there_and_the_means_are_the_papers():
    assert len(cells(tables())) == 125
    found = {row["comparison"]: row for row in answer(tables(), "liu2017_compared").entries}
    assert {name: round(row["published"], 2) for name, row in found.items() if row["published"] is not None} == {
        "aimed: ensembles minus single networks": 30.85,
        "aimed: single networks minus noise": 1.55,
        "ensembles minus single networks": 17.55,
        "one step minus a hundred": 2.8,
        "within ResNets minus across": 1.93,
    }
    assert {row["effect"] for row in found.values()} == {None}


def test_what_is_rescaled_is_in_no_cell_and_is_compared_apart():
    at = "rms 0.12"
    several = [made(f"without {name}", "ensemble", 10 + order, at) for order, name in enumerate(NAMES)]
    singles = [made(name, "adam", 20 + order, at) for order, name in enumerate(NAMES)]
    rows = [row for one, name in zip(several, NAMES, strict=True) for row in shown(one, name, 8)]
    rows += [row for one in singles for name in NAMES for row in shown(one, name, 2)]
    connection = study([*several, *singles], rows)
    assert not any(row["n"] for row in cells(connection).values())
    found = {row["comparison"]: row for row in answer(connection, "liu2017_compared").entries}
    one_size = found["at one size: ensembles minus single networks"]
    assert (one_size["squares"], one_size["other_squares"], one_size["published"]) == (5, 20, None)
    assert one_size["effect"] == pytest.approx(6 / 9)
    assert found["ensembles minus single networks"]["effect"] is None


def test_a_cell_counts_the_images_that_all_networks_classify_right():
    single, aimed = made("ResNet-20", "adam"), made("ResNet-20", "adam targeted", 2)
    several, aimed_several = made("without VGG-11", "ensemble", 3), made("without VGG-11", "ensemble targeted", 4)
    step = made("VGG-11", "fast gradient", 5)
    rows = shown(single, "DenseNet", 4) + shown(aimed, "ResNet-20", 8, 6) + shown(several, "VGG-11", 9)
    rows += shown(aimed_several, "VGG-11", 5, 3) + shown(step, "ResNet-8", 2)
    found = cells(study([single, aimed, several, aimed_several, step], rows))
    counts = {place: (row["published"], row["k"], row["n"]) for place, row in found.items() if row["n"]}
    assert counts == {
        ("1A", "ResNet-152", "GoogLeNet"): (11, 5, 9),
        ("2", "ResNet-152", "ResNet-152"): (100, 6, 9),
        ("4", "-VGG-16", "VGG-16"): (6, 0, 9),
        ("3", "-VGG-16", "VGG-16"): (24, 3, 9),
        ("1B", "VGG-16", "ResNet-50"): (15, 7, 9),
    }
    assert found["3", "-VGG-16", "VGG-16"]["our_rmsd_255"] == pytest.approx(25.5)


def everything():
    """Ensembles that reach further than single networks, ResNets that reach each other, and noise that does nothing."""
    crafts, rows = [], []
    for order, name in enumerate(NAMES):
        aimed = made(name, "adam targeted", 10 * order + 2)
        beside = noise(aimed, {"name": name, "model": NETWORKS[name]["model"]}, 10 * order + 3)
        singles = [made(name, "adam", 10 * order + 1), aimed, beside, made(name, "fast gradient", 10 * order + 4)]
        several = [
            made(f"without {name}", kind, 10 * order + 5 + at)
            for at, kind in enumerate(["ensemble", "ensemble targeted"])
        ]
        crafts += singles + several
        for other in NAMES:
            is_kin = NAMES[name] == NAMES[other] == "ResNet"
            rows += shown(singles[0], other, 6 if is_kin else 3) + shown(singles[1], other, 5, 1)
            rows += shown(beside, other, 1) + shown(singles[3], other, 2)
            rows += shown(several[0], other, 8) + shown(several[1], other, 8, 4)
    return study(crafts, rows)


def test_comparisons_are_of_networks_that_were_not_attacked():
    found = {row["comparison"]: row for row in answer(everything(), "liu2017_compared").entries}
    squares = {name: (row["squares"], row["other_squares"]) for name, row in found.items()}
    assert squares["ensembles minus single networks"] == squares["aimed: ensembles minus single networks"] == (5, 20)
    assert squares["within ResNets minus across"] == (6, 14)
    assert found["aimed: ensembles minus single networks"]["effect"] == pytest.approx(3 / 9)
    assert found["aimed: single networks minus noise"]["effect"] == pytest.approx(1 / 9)
    assert found["within ResNets minus across"]["effect"] == pytest.approx(3 / 9)
    aimed = found["aimed: ensembles minus single networks"]
    assert aimed["low"] < 3 / 9 < aimed["high"]


def test_the_page_says_which_way_each_fell():
    lines = page([of_results(everything())]).splitlines()
    (aimed,) = (line for line in lines if line.startswith("| Aimed at a class: networks left out"))
    assert "| +30.8 | +33.3 [" in aimed
    assert "| give the class aimed at | 11.1 | 44.4 |" in lines
