"""What is said of adversarial examples: each question of few rows, whose answers are counted by hand."""

import pytest

from analysis.answers import answer
from tests.analysis.made import clean, craft, crafted, model, prediction, tables

FAMILIES = ("plain", "dropout", "lenet")
MODELS = [
    model(f"{family} seed {seed}", 2 * place + seed, family=family, seed=seed, answers="logits", epoch=1)
    for place, family in enumerate(FAMILIES)
    for seed in range(2)
]
BY_NAME = {one["name"]: one for one in MODELS}
FGSM = {"attack": "fgsm", "budget": "linf 0.25", "epsilon": 0.25}
SHOWN = clean()


def committee(seed):
    members = [BY_NAME[f"{family} seed {seed}"]["model"] for family in FAMILIES]
    one = {"name": f"committee seed {seed}", "model": members[0]}
    return craft(one, order=10 + seed, surrogates=members, **FGSM)


MADE = {one["name"]: craft(one, order=1 + place, **FGSM) for place, one in enumerate(MODELS)}
COMMITTEES = [committee(seed) for seed in range(2)]
CRAFTS = [SHOWN, *MADE.values(), *COMMITTEES]


def asked(question, predictions=(), **rows):
    connection = tables(models=MODELS, crafts=rows.pop("crafts", CRAFTS), predictions=predictions, **rows)
    return answer(connection, question).entries


def test_a_view_numbers_the_models_of_a_family():
    rows = tables(models=MODELS).execute("select name, twin, twins, position from twins order by position, twin")
    assert rows.fetchall()[2:4] == [("dropout seed 0", 1, 2, 2), ("dropout seed 1", 2, 2, 2)]


def risks(rows, **where):
    found = [row for row in rows if all(row[column] == value for column, value in where.items())]
    return {row["coverage"]: row["ours"] for row in found}


def test_the_surest_answers_are_given_first_and_equally_sure_ones_alike():
    target = BY_NAME["plain seed 0"]
    sure = [(0.9, 0), (0.5, 1), (0.5, 0), (0.5, 1)]  # confidence, and what is said of label 0
    shown = [
        prediction(SHOWN, target, image, 0, said, confidence=confidence, margin=float(-image))
        for image, (confidence, said) in enumerate(sure)
    ]
    rows = asked("risk_coverage", shown)
    assert {row["shown"] for row in rows} == {"clean"} and len(
        rows
    ) == 2 * 20  # no committee: not all members are asked
    by_probability = risks(rows, rule="max probability")
    assert by_probability[25] == 0
    assert by_probability[50] == pytest.approx(100 * (2 / 3) / 2)  # one of three alike, two of which are wrong
    assert by_probability[100] == 50
    by_margin = risks(rows, rule="margin")  # its size: image 3, then 2, then 1
    assert (by_margin[25], by_margin[50], by_margin[75]) == (100, 50, pytest.approx(200 / 3))


def test_images_are_a_models_own_or_those_of_other_seeds_and_no_third():
    target = BY_NAME["plain seed 0"]
    crafts = (SHOWN, MADE["plain seed 0"], MADE["dropout seed 0"], MADE["dropout seed 1"], COMMITTEES[0])
    connection = tables(models=MODELS, crafts=CRAFTS, predictions=[prediction(one, target, 0, 0, 1) for one in crafts])
    rows = connection.execute("select shown from refusable where rule = 'margin' order by shown").fetchall()
    assert rows == [("clean",), ("other",), ("own",)]


def test_a_committee_votes_and_refuses_where_its_members_disagree():
    votes = {"plain": 0, "dropout": 1, "lenet": 1}
    shown = [
        prediction(one, BY_NAME[f"{family} seed 0"], image, 0, votes[family] if image else 0)
        for one in (SHOWN, COMMITTEES[0], MADE["plain seed 1"], MADE["plain seed 0"])
        for family in FAMILIES
        for image in range(2)
    ]
    rows = [row for row in asked("risk_coverage", shown) if row["rule"] == "agreement"]
    assert {(row["answerer"], row["shown"]) for row in rows} == {
        ("committee", one) for one in ("clean", "own", "other")
    }
    for one in ("clean", "own", "other"):
        found = risks(rows, shown=one)
        assert (found[50], found[100]) == (0, 50)  # the unanimous image is right, the other one outvotes the label
    halves = [row["coverage"] for row in asked("misconceptions_refusing", shown)]
    assert halves == []  # one member has no interval


def test_models_are_shown_what_the_other_familys_next_made_and_their_own():
    shown = [prediction(SHOWN, one, image, 0, int(image == 3)) for one in MODELS for image in range(4)]
    shown += [
        prediction(made, target, image, 0, int(image <= MODELS.index(target)), target_clean=int(image == 3))
        for made in MADE.values()
        for target in MODELS
        for image in range(4)
    ]
    rows = {(row["crafted_on"], row["shown_to"]): row for row in asked("misconceptions_fooled", shown)}
    assert len(rows) == 9 and all(row["clean"] == 25 for row in rows.values())
    assert rows["plain", "plain"]["is_own"] and not rows["plain", "dropout"]["is_own"]
    assert rows["plain", "plain"]["ours"] == pytest.approx(100 * (1 + 2) / 3 / 2)
    assert rows["dropout", "plain"]["ours"] == pytest.approx(100 * (2 + 1) / 3 / 2)  # the next: of the other seed
    assert rows["plain", "lenet"]["ours"] == 100


def test_the_same_class_is_held_against_chance_and_pooled_over_all_pairs():
    wrong = {"surrogate_crafted": 1}
    shown = [
        prediction(made, target, image, 0, 1 + image % 2, **{**wrong, "surrogate_crafted": 1 + image % 2})
        for made in (MADE["plain seed 0"], MADE["plain seed 1"])
        for target in (BY_NAME["lenet seed 0"], BY_NAME["lenet seed 1"])
        for image in range(4)
    ]
    rows = {(row["crafted_on"], row["measure"]): row for row in asked("misconceptions_same_class", shown)}
    assert len(rows) == 5
    for pair in ("any", "plain"):
        assert [rows[pair, one]["ours"] for one in ("same class", "by chance")] == [100, 50]
        assert rows[pair, "same class"]["seeds"] == 2
    assert rows["any", "above chance"]["ours"] == 50


def test_ways_of_training_are_compared_seed_by_seed():
    trained = [
        {"model": one["model"], "epoch": 1, "part": "test", "images": 100, "right": 90 - place, "loss": 0.0}
        for place, one in enumerate(MODELS)
    ]
    free = craft(BY_NAME["plain seed 0"], order=30, attack="deepfool", budget="as crafted")
    sizes = [crafted(free, image, rms=0.1 * image) for image in range(1, 4)]
    sizes.append(crafted(free, 4, rms=9.0, surrogate_clean=1))
    rows = asked("misconceptions_arms", trained=trained, crafted=sizes, crafts=[*CRAFTS, free])
    found = {(row["family"], row["measure"]): row for row in rows}
    assert found["plain", "clean error"]["ours"] == pytest.approx(10.5)
    lenet = found["lenet", "clean error minus plain"]
    assert (lenet["ours"], lenet["low"], lenet["high"]) == pytest.approx((4, 4, 4))
    assert found["plain", "rms"]["ours"] == pytest.approx(0.2)
    assert ("plain", "clean error minus plain") not in found


def test_noise_and_fooling_images_are_shares_of_what_was_asked():
    probes, measured = [], []

    def probe(function, one, other, **values):
        name = f"{function} {one} {other}"
        place = {"probe": name, "name": function, "function": function, "model": one, "other": other}
        probes.append({**place, "position": len(probes)})
        nothing = {"probe": name, "model": one, "other": other, "craft": None, "image": None, "layer": None}
        for word, numbers in values.items():
            units = range(len(numbers)) if isinstance(numbers, list) else [None]
            numbers = numbers if isinstance(numbers, list) else [numbers]
            measured.extend(
                {**nothing, "unit": unit, "name": word, "value": number}
                for unit, number in zip(units, numbers, strict=True)
            )

    for seed in range(2):
        probe("rubbish", f"plain seed {seed}", None, samples=10, confident=5, confidence=4.5, called=[4, 6])
        for other in range(2):
            counts = {"fooled": [2, 2], "agreed": [1, 2], "shared": [1, 0], "other_before": [0, 1]}
            probe("rubbish_transfer", f"plain seed {seed}", f"lenet seed {other}", samples=5, **counts)
    rows = asked("misconceptions_noise", probes=probes, measured=measured)
    found = {(row["other"], row["quantity"]): row for row in rows}
    assert (found[None, "confident"]["ours"], found[None, "confidence"]["ours"]) == (50, 90)
    pairs = [found["lenet", one]["ours"] for one in ("fooled", "agreed", "shared", "by_chance")]
    assert pairs == [40, 75, 25, 10]
    assert all(row["seeds"] == 2 for row in rows)
