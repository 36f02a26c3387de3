"""Techniques crossed: who is counted, who votes, and what the noise beside says."""

import pytest

from analysis.answers import answer
from tests.analysis.made import clean, craft, model, noise, prediction, tables

MODELS = [
    model(f"{family} {split}", 2 * place + index, family=family, split=split)
    for place, family in enumerate(("LR", "DT", "kNN"))
    for index, split in enumerate(("S1", "S2"))
]
LR1, LR2, DT1, DT2, KNN1, KNN2 = MODELS
ON_LR1 = craft(LR1)
NOISE = noise(ON_LR1, LR1, order=1)
ON_DT2 = craft(DT2, order=2)
CLEAN = clean(order=3)


def connection(predictions):
    return tables(models=MODELS, crafts=[ON_LR1, NOISE, ON_DT2, CLEAN], predictions=predictions)


def shown(made, answers, label=0, before=None):
    """One image of a craft, with the answer of every model to it."""
    for target, (image, predicted) in answers:
        clean_answer = (before or {}).get(target["name"], label)
        yield prediction(made, target, image, label, predicted, target_clean=clean_answer)


def pairs(predictions, where):
    sql = f"select shown_to, shown_subset, n, k, noise_n, noise_k from technique_pairs where {where}"
    return {(name, subset): counts for name, subset, *counts in connection(predictions).execute(sql).fetchall()}


def test_what_each_technique_says_to_examples_of_another_subset_is_counted_beside_noise():
    rows = [
        *shown(ON_LR1, [(KNN2, (0, 1)), (KNN2, (1, 0)), (DT2, (0, 0))]),
        *shown(ON_LR1, [(KNN2, (2, 1))], before={"kNN S2": 1}),  # wrong when clean: not counted
        *shown(NOISE, [(KNN2, (0, 0)), (KNN2, (1, 1)), (KNN2, (3, 1))]),
        *shown(CLEAN, [(KNN2, (0, 0))]),
    ]
    found = pairs(rows, "crafted_on = 'LR' and shown_to <> 'Ensemble'")
    assert found == {("kNN", "S2"): [2, 1, 3, 2], ("DT", "S2"): [1, 0, 0, 0]}


@pytest.mark.parametrize(
    ("answers", "elected"),
    [((1, 1, 0), 1), ((0, 1, 0), 0), ((2, 1, 0), 0), ((2, 1, 2), 2), ((2, 1, 1), 1)],
)
def test_the_ensemble_of_a_subset_votes_and_the_lowest_class_wins_a_tie(answers, elected):
    voters = list(zip((KNN2, LR2, DT2), answers, strict=True))
    rows = list(shown(ON_LR1, [(target, (0, predicted)) for target, predicted in voters]))
    rows += shown(ON_LR1, [(KNN1, (0, 1)), (LR1, (0, 1))])  # of another subset: another ensemble
    found = pairs(rows, "shown_to = 'Ensemble'")
    assert found == {("Ensemble", "S2"): [1, int(elected != 0), 0, 0], ("Ensemble", "S1"): [1, 1, 0, 0]}


def test_the_ensemble_is_right_when_clean_by_its_vote():
    wrong = {"kNN S2": 1, "LR S2": 1}
    rows = list(shown(ON_LR1, [(KNN2, (0, 0)), (LR2, (0, 0)), (DT2, (0, 1))], before=wrong))
    assert pairs(rows, "true") == {("DT", "S2"): [1, 1, 0, 0]}


ROWS = [
    *shown(ON_LR1, [(target, (image, 1)) for target in (KNN2, LR2, LR1) for image in range(4)]),
    *shown(ON_LR1, [(DT1, (image, int(image > 0))) for image in range(4)]),
    *shown(ON_LR1, [(DT2, (image, 0)) for image in range(4)]),
    *shown(ON_DT2, [(LR1, (image, 0)) for image in range(3)]),
    *shown(ON_DT2, [(LR1, (3, 1))]),
]


def cells(name, **of):
    entries = answer(connection(ROWS), name).entries
    return [entry for entry in entries if all(entry[key] == value for key, value in of.items())]


def test_pairs_of_one_subset_and_of_two_are_told_apart():
    (same,) = cells("papernot2016_cross", crafted_on="LR", shown_to="DT", subsets="same")
    (disjoint,) = cells("papernot2016_cross", crafted_on="LR", shown_to="DT", subsets="disjoint")
    assert (same["n"], same["k"], same["pairs"]) == (4, 3, 1) and (disjoint["n"], disjoint["k"]) == (4, 0)
    assert same["low"] < same["rate"] == 75 < same["high"]
    assert [entry["shown_to"] for entry in cells("papernot2016_cross", crafted_on="LR", subsets="disjoint")] == [
        "LR",
        "DT",
        "kNN",
        "Ensemble",
    ]


def test_within_a_technique_each_subset_is_a_row_and_a_column():
    found = {
        (one["technique"], one["crafted_subset"], one["shown_subset"]): one["k"] for one in cells("papernot2016_intra")
    }
    assert found == {("LR", "S1", "S1"): 4, ("LR", "S1", "S2"): 4}


def test_the_order_is_of_other_techniques_on_other_subsets():
    found = [(one["side"], one["technique"], one["effect"]) for one in cells("papernot2016_order")]
    # Of LR S1 kNN S2 is always fooled and DT S2 never; LR itself does not count. Of DT S2 LR S1 is once in four.
    assert [one for one in found if one[0] == "crafted on"] == [("crafted on", "LR", 0.5), ("crafted on", "DT", 0.25)]
    # The ensemble of S2 is fooled by LR S1 with two votes of three, that of S1 by DT S2 with the one vote there is.
    assert [one for one in found if one[0] == "shown to"] == [
        ("shown to", "kNN", 1.0),
        ("shown to", "Ensemble", 0.625),
        ("shown to", "LR", 0.25),
        ("shown to", "DT", 0.0),
    ]


def test_a_substitute_is_as_alike_as_it_answers_clean_images_as_the_model_that_it_asked():
    oracle, alone = model("oracle", answers="labels"), model("alone", 1)
    stolen = model("stolen", 2, asks=[oracle["model"]])
    said = {"oracle": (0, 1, 2, 0), "alone": (0, 0, 0, 0), "stolen": (0, 1, 1, 0)}
    rows = [
        *(
            prediction(CLEAN, one, image, 0, predicted)
            for one in (oracle, alone, stolen)
            for image, predicted in enumerate(said[one["name"]])
        ),
        *(prediction(ON_LR1, one, 0, 0, predicted) for predicted, one in enumerate((oracle, stolen))),
    ]
    counts = {"epoch": 1, "images": 9, "right": 1, "loss": 1.0}
    trained = [
        {"model": stolen["model"], "part": "train", "queries": 70, **counts},
        {"model": stolen["model"], "part": "test", "queries": None, **counts},
        {"model": alone["model"], "part": "train", "queries": None, **counts},
    ]
    made = tables(models=[oracle, alone, stolen], crafts=[CLEAN, ON_LR1], predictions=rows, trained=trained)
    (found,) = answer(made, "substitutes").entries
    assert (found["model"], found["asked"], found["queries"]) == ("stolen", "oracle", 70)
    assert (found["n"], found["k"], found["agreement"]) == (4, 3, 75) and found["low"] < 75 < found["high"]
