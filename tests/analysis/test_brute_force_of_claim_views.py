"""The views that claims are made of against a count in Python, on studies that have everything.

What they expect of committees, votes and answers that might be refused serves test_brute_force_of_claims.py too.
"""

import re
from collections import Counter, defaultdict

import pytest
from hypothesis import given

from tests.analysis.dice import FEW, MANY, studies_of
from tests.analysis.dice_of_claims import thrown
from tests.analysis.made import tables


def asked(connection, columns, name):
    return connection.execute(f"select {columns} from {name}").fetchall()


def models_of(dice):
    return {one["model"]: one for one in dice.models}


def crafts_of(dice):
    return {one["craft"]: one for one in dice.crafts}


def families_of(dice):
    """The names of each family's models, in the order of the study."""
    families = defaultdict(list)
    for one in sorted(dice.models, key=lambda one: one["order"]):
        families[one["family"]].append(one["name"])
    return families


def committees_of(dice):
    """The members of each ensemble."""
    return {one["surrogate"]: one["surrogates"] for one in dice.crafts if len(one["surrogates"]) > 1}


def without_seed(name):
    return re.sub(r" seed \d+$", "", name)


def votes_of(dice):
    """The class that a committee gives and the share of its members that do, by committee, craft and image."""
    said = {(row["craft"], row["image"], row["target"]): row["predicted"] for row in dice.predictions}
    found = {}
    for made, image, label in {(row["craft"], row["image"], row["label"]) for row in dice.predictions}:
        for name, members in committees_of(dice).items():
            answers = [said[made, image, one] for one in members if (made, image, one) in said]
            if crafts_of(dice)[made]["role"] != "control" and len(answers) == len(members):
                most = max(answers.count(one) for one in answers)
                elected = min(one for one in answers if answers.count(one) == most)
                found[name, made, image, label] = (elected, most / len(members))
    return found


def refusable_of(dice):
    """Each answer that might be refused: who gives it, to what, by which rule, how surely, and whether it is wrong."""
    models, crafts, members = models_of(dice), crafts_of(dice), committees_of(dice)
    given = []
    for row in dice.predictions:
        one = models[row["target"]]
        if one["answers"] == "logits":
            is_wrong = row["predicted"] != row["label"]
            for rule, sure in (("max probability", row["confidence"]), ("margin", abs(row["margin"]))):
                given.append((one["family"], one["name"], {one["seed"]}, row["craft"], rule, sure, is_wrong))
    for (name, made, _, label), (elected, share) in votes_of(dice).items():
        seeds = {models[one]["seed"] for one in members[name]}
        given.append((without_seed(name), name, seeds, made, "agreement", share, elected != label))
    for answerer, member, seeds, made, rule, sure, is_wrong in given:
        one = crafts[made]
        theirs = {models[other]["seed"] for other in one["surrogates"]}
        is_of_others = len(one["surrogates"]) == 1 and not theirs & seeds
        if one["role"] != "control" and (not theirs or member == one["surrogate"] or is_of_others):
            shown = "own" if member == one["surrogate"] else "other" if theirs else "clean"
            yield answerer, member, one["attack"], one["budget"], shown, rule, sure, is_wrong


def check_that_models_are_numbered_in_their_family(dice, connection):
    order = {one["name"]: one["order"] for one in dice.models}
    expected = {
        (name, place, len(names), order[names[0]])
        for names in families_of(dice).values()
        for place, name in enumerate(names, 1)
    }
    assert Counter(asked(connection, "name, twin, twins, position", "twins")) == Counter(expected)


def check_that_committees_are_ensembles_and_vote(dice, connection):
    models = models_of(dice)
    expected = Counter(
        (name, without_seed(name), member, models[member]["seed"], len(members))
        for name, members in committees_of(dice).items()
        for member in members
        if models[member]["is_target"]
    )
    assert Counter(asked(connection, "committee, family, target, seed, size", "committees")) == expected
    rows = asked(connection, "committee, craft, image, label, predicted, agreement", "votes")
    expected = votes_of(dice)
    assert len(rows) == len(expected)
    assert {row[:4]: row[4:] for row in rows} == {place: pytest.approx(told) for place, told in expected.items()}


def check_that_answers_might_be_refused(dice, connection):
    columns = "answerer, member, attack, budget, shown, rule, sure, is_wrong"
    found = Counter((*row[:6], round(row[6], 9), row[7]) for row in asked(connection, columns, "refusable"))
    assert found == Counter((*row[:6], round(row[6], 9), row[7]) for row in refusable_of(dice))


def fooling_of(dice):
    crafts = crafts_of(dice)
    return {
        (row["craft"], row["image"]): row["rms"]
        for row in dice.crafted
        if crafts[row["craft"]]["role"] == "attack" and len(crafts[row["craft"]]["surrogates"]) == 1
        if row["surrogate_clean"] == row["label"] != row["surrogate_crafted"]
    }


def check_that_images_that_fool_are_looked_around(dice, connection):
    fooling = fooling_of(dice)
    rows = asked(connection, "craft, image, rms", "fooling")
    assert len(rows) == len(fooling) and {row[:2]: row[2] for row in rows} == fooling
    samples = {row["probe"]: row["value"] for row in dice.measured if row["name"] == "samples"}
    expected = Counter()
    for row in dice.measured:
        words = row["name"].split(" ")
        if (row["craft"], row["image"]) in fooling and words[-1] in ("original", "adversarial"):
            place, *noise, answer = words
            told = (place, " ".join(noise), answer, row["value"], samples[row["probe"]])
            expected[row["probe"], row["image"], *told] += 1
    assert Counter(asked(connection, "probe, image, place, noise, answer, same, samples", "answers_around")) == expected


def measured_by(dice, function):
    """The values of a kind of probe, image by image: the probe, the image, and names with values."""
    asked_of = {one["probe"]: one for one in dice.probes if one["function"] == function}
    images = defaultdict(dict)
    for row in dice.measured:
        if row["probe"] in asked_of and row["image"] is not None:
            images[row["probe"], row["image"]][row["name"]] = row["value"]
    for (probe, image), values in images.items():
        yield asked_of[probe], image, values


def whole_of(dice, probe, name):
    """What a probe measured under a name that is of no image."""
    return [row["value"] for row in dice.measured if (row["probe"], row["name"]) == (probe["probe"], name)]


def by_line(values, kinds):
    """Values by the first word of their names, in the order of the kinds; nothing of a line without any of these."""
    lines = {name.split(" ")[0] for name in values if name.split(" ")[1] in kinds}
    return {line: tuple(values.get(f"{line} {kind}") for kind in kinds) for line in lines}


def is_first(dice, probe):
    """Whether no probe before it asks the same of the same models."""
    alike = [one for one in dice.probes if all(one.get(of) == probe.get(of) for of in ("function", "model", "other"))]
    return probe is min(alike, key=lambda one: one["order"])


def check_that_boundaries_and_lines_are_rows(dice, connection):
    expected = Counter()
    for probe, image, values in measured_by(dice, "boundary_distance"):
        (both,) = (
            row["value"] for row in dice.measured if (row["probe"], row["name"]) == (probe["probe"], "both_right")
        )
        told_of = by_line(values, ("model", "other", "between")) if is_first(dice, probe) else {}
        for direction, told in told_of.items():
            expected[probe["model"], probe["other"], both, image, direction, *told] += 1
    columns = "model, other, both_right, image, direction, own, theirs, between_them"
    assert Counter(asked(connection, columns, "boundary_distances")) == expected
    expected = Counter()
    for probe, image, values in measured_by(dice, "line_scan"):
        reach = max(whole_of(dice, probe, "at"))
        for line, told in by_line(values, ("variance", "residual", "pieces", "intervals", "first")).items():
            expected[probe["probe"], reach, image, line, *told] += 1
    columns = "probe, reach, image, line, variance, residual, pieces, intervals, first_wrong"
    assert Counter(asked(connection, columns, "lines_through_images")) == expected


def check_that_slopes_are_set_beside_the_perturbation_that_fools(dice, connection):
    crafts = crafts_of(dice)
    lengths = {
        (crafts[row["craft"]]["surrogate"], row["image"]): row["l2"]
        for row in dice.crafted
        if crafts[row["craft"]]["attack"] == "ddn" and row["is_found"] and row["surrogate_clean"] == row["label"]
    }
    expected = Counter()
    for probe, image, values in measured_by(dice, "local_slopes"):
        slopes = tuple(values.get(word) for word in ("margin", "slope", "jacobian"))
        if is_first(dice, probe):
            expected[probe["model"], image, *slopes, lengths.get((probe["model"], image))] += 1
    assert Counter(asked(connection, "model, image, margin, slope, jacobian, l2", "slopes_at_images")) == expected


CHECKS = (
    check_that_models_are_numbered_in_their_family,
    check_that_committees_are_ensembles_and_vote,
    check_that_answers_might_be_refused,
    check_that_images_that_fool_are_looked_around,
    check_that_boundaries_and_lines_are_rows,
    check_that_slopes_are_set_beside_the_perturbation_that_fools,
)


def check(dice, checks):
    connection = tables(**vars(dice))
    for one in checks:
        one(dice, connection)


@FEW
@given(studies_of(thrown, seeds=3, images=6, holes=0.2))
def test_every_view_of_claims_is_the_count(dice):
    check(dice, CHECKS)


@pytest.mark.long
@MANY
@given(studies_of(thrown, seeds=3, images=6, holes=0.2))
def test_every_view_of_claims_is_the_count_in_a_hundred_studies(dice):
    check(dice, CHECKS)
