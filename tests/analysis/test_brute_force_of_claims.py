"""The questions that claims are made of against a count in Python, on studies that have everything."""

from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from tests.analysis.dice import FEW, MANY, studies_of
from tests.analysis.dice_of_claims import TOPS, thrown
from tests.analysis.test_brute_force import fooled_of, is_counted
from tests.analysis.test_brute_force_of_claim_views import (
    asked,
    check,
    crafts_of,
    families_of,
    models_of,
    refusable_of,
)


def keyed(rows, values=1):
    """Rows by all but their last values; no two of one key."""
    found = {tuple(row[:-values]): list(row[-values:]) for row in rows}
    assert len(found) == len(rows)
    return found


def by_seed(values):
    """Lists of values by key, in the order of what they are drawn from: as a row of a question holds them."""
    return {
        key: [pytest.approx([value for _, value in sorted(of.items())], abs=1e-9)] for key, of in values.items() if of
    }


def risk_of(answers, coverage):
    """The risk of the surest answers in %: of equally sure ones each is as wrong as all of them together."""
    answered = left = Fraction(coverage * len(answers), 100)
    wrong = Fraction(0)
    for sure in sorted({sure for sure, _ in answers}, reverse=True):
        alike = [is_wrong for other, is_wrong in answers if other == sure]
        taken = min(left, len(alike))
        wrong, left = wrong + taken * Fraction(sum(alike), len(alike)), left - taken
    return float(100 * wrong / answered)


def risks_of(dice):
    answers = defaultdict(list)
    for answerer, member, *shown, rule, sure, is_wrong in refusable_of(dice):
        answers[answerer, member, *shown, rule].append((sure, is_wrong))
    risks = defaultdict(dict)
    for (answerer, member, *place), those in answers.items():
        for coverage in range(5, 101, 5):
            risks[answerer, *place, coverage][member] = risk_of(those, coverage)
    return risks


def check_that_risks_are_those_of_the_surest_answers(dice, connection):
    risks = risks_of(dice)
    columns = "answerer, attack, budget, shown, rule, coverage, by_seed"
    assert keyed(asked(connection, columns, "risk_coverage")) == by_seed(risks)
    expected = defaultdict(dict)
    for (answerer, attack, _, shown, rule, coverage), of in risks.items():
        if coverage in (50, 80, 100) and len(of) > 1 and attack in (None, "fgsm"):
            expected[answerer, shown, rule, coverage] = of
    columns = "answerer, shown, rule, coverage, by_seed"
    assert keyed(asked(connection, columns, "misconceptions_refusing")) == by_seed(expected)


def check_that_substitutes_are_as_alike_as_they_answer(dice, connection):
    (clean,) = (one["craft"] for one in dice.crafts if one["role"] == "clean")
    said = defaultdict(dict)
    for row in dice.predictions:
        if row["craft"] == clean:
            said[row["target"]][row["image"]] = row["predicted"]
    queries = {row["model"]: row["queries"] for row in dice.trained if row["part"] == "train"}
    models, expected = models_of(dice), {}
    for one in dice.models:
        for other in one["asks"]:
            shared = said[one["model"]].keys() & said[other].keys()
            if shared:
                alike = sum(said[one["model"]][image] == said[other][image] for image in shared)
                counts = [queries[one["model"]], len(shared), alike]
                expected[one["name"], models[other]["name"]] = counts
    assert keyed(asked(connection, "model, asked, queries, n, k", "substitutes"), 3) == expected


def elected(said):
    counts = Counter(said)
    return min(one for one in counts if counts[one] == max(counts.values()))


def check_that_techniques_and_their_votes_are_shown_what_others_made(dice, connection):
    models, crafts = models_of(dice), crafts_of(dice)
    shown, voters = [], defaultdict(list)
    for row in dice.predictions:
        one = models[row["target"]]
        shown.append((row, one["family"], one["split"], one["order"], row["target_clean"], row["predicted"]))
        voters[row["craft"], row["image"], one["split"]].append(row)
    for (_, _, split), rows in voters.items():
        votes = [elected(row[word] for row in rows) for word in ("target_clean", "predicted")]
        shown.append((rows[0], "Ensemble", split, None, *votes))
    expected = defaultdict(lambda: [0, 0, 0, 0])
    for row, *shown_to, before, after in shown:
        made = crafts[row["craft"]]
        if len(made["surrogates"]) == 1 and row["surrogate_clean"] == before == row["label"]:
            one = models[made["surrogates"][0]]
            counts = expected[one["family"], one["split"], one["order"], made["attack"], made["budget"], *shown_to]
            place = 2 if made["role"] == "control" else 0
            counts[place] += 1
            counts[place + 1] += after != row["label"]
    columns = "crafted_on, crafted_subset, crafted_position, attack, budget, shown_to, shown_subset, shown_position"
    assert keyed(asked(connection, f"{columns}, n, k, noise_n, noise_k", "technique_pairs"), 4) == expected


def check_that_units_are_set_beside_directions(dice, connection):
    measured = defaultdict(dict)
    told = {one["probe"]: one["model"] for one in dice.probes if one["function"] == "unit_coherence"}
    for row in dice.measured:
        if row["probe"] in told:
            basis, *what = row["name"].split(" ")
            measured[told[row["probe"]], row["layer"], basis, row["unit"]][" ".join(what)] = row["value"]
    kept = defaultdict(list)
    for (name, layer, basis, _), values in sorted(measured.items()):
        for top in TOPS:
            if values["active"] >= top:
                kept[name, layer, top, basis].append([values[f"same {top}"], values[f"entropy {top}"]])
    expected = {}
    for (name, layer, top, basis), others in kept.items():
        units = kept.get((name, layer, top, "unit"))
        if units and basis != "unit":
            means = [*np.mean(units, axis=0), *np.mean(others, axis=0)]
            lists = [[entropy for _, entropy in of] for of in (units, others)]
            expected[name, layer, top, basis] = [len(units), len(others), *means, *lists]
    means = "same, entropy, others_same, others_entropy"
    columns = f"model, layer, top, basis, units, others, {means}, values, other_values"
    assert keyed(asked(connection, columns, "unit_coherence"), 8) == expected


def squares_of(dice):
    """The squares of attacks on single models in which an image counts: the craft, both models, these rows."""
    models, crafts, squares = models_of(dice), crafts_of(dice), defaultdict(list)
    for row in dice.predictions:
        made = crafts[row["craft"]]
        if made["role"] == "attack" and len(made["surrogates"]) == 1 and is_counted(row, "both-right"):
            squares[row["craft"], row["target"]].append(row)
    for (made, target), rows in squares.items():
        yield crafts[made], models[crafts[made]["surrogates"][0]], models[target], rows


def same_and_chance(rows):
    """How many of some mistakes are the same in %, and how many would be by chance."""
    chance = 0.0
    for label in {row["label"] for row in rows}:
        ours, theirs = (
            Counter(row[word] for row in rows if row["label"] == label) for word in ("surrogate_crafted", "predicted")
        )
        chance += sum(ours[said] * theirs[said] for said in ours) / sum(ours.values())
    same = sum(row["surrogate_crafted"] == row["predicted"] for row in rows)
    return 100 * same / len(rows), 100 * chance / len(rows)


def check_that_the_same_class_is_counted_of_what_the_next_twin_made(dice, connection):
    families = families_of(dice)
    of_pairs, of_any = defaultdict(dict), defaultdict(lambda: defaultdict(list))
    for made, one, other, rows in squares_of(dice):
        twin, theirs = (families[model["family"]].index(model["name"]) for model in (one, other))
        is_next = theirs == (twin + 1) % len(families[other["family"]])
        both = [row for row in rows if row["surrogate_crafted"] != row["label"] != row["predicted"]]
        if made["attack"] == "fgsm" and one["family"] != other["family"] and is_next and both:
            same, chance = same_and_chance(both)
            of_pairs[one["family"], other["family"], "same class"][twin] = same
            of_pairs[one["family"], other["family"], "by chance"][twin] = chance
            for measure, value in (("same class", same), ("by chance", chance), ("above chance", same - chance)):
                of_any["any", "any", measure][twin].append(value)
    for key, of in of_any.items():
        of_pairs[key] = {twin: np.mean(values) for twin, values in of.items()}
    columns = "crafted_on, shown_to, measure, by_seed"
    assert keyed(asked(connection, columns, "misconceptions_same_class")) == by_seed(of_pairs)


def drawing(split):
    return split.rstrip("0123456789")


def images_in_common(split, other):
    if split == other:
        return "all"
    return "none" if drawing(split) == drawing(other) else "half"


def differences(values, place, pairs):
    """Of values by seed under keys with a word at some place: one word's minus another's, seed by seed."""
    for key, of in list(values.items()):
        for one, other in pairs:
            if key[place] == one:
                theirs = values.get((*key[:place], other, *key[place + 1 :]), {})
                told = (*key[:place], f"{one} minus {other}", *key[place + 1 :])
                values[told] = {seed: of[seed] - theirs[seed] for seed in of.keys() & theirs.keys()}


def check_that_images_in_common_and_architectures_are_told_apart(dice, connection):
    built = {row["task"]: row["spec"]["architecture"] for row in dice.records}
    rates = defaultdict(lambda: defaultdict(list))
    for made, one, other, rows in squares_of(dice):
        if one["seed"] != other["seed"]:
            architecture = "same" if built[one["model"]] == built[other["model"]] else "other"
            key = (made["attack"], made["budget"], architecture, images_in_common(one["split"], other["split"]))
            rates[key][one["seed"]].append(100 * len(fooled_of(rows)) / len(rows))
    values = {key: {seed: np.mean(of[seed]) for seed in of} for key, of in rates.items()}
    differences(values, 3, [("all", "half"), ("half", "none"), ("all", "none")])
    differences(values, 2, [("same", "other")])
    columns = "attack, budget, architecture, images, by_seed"
    assert keyed(asked(connection, columns, "factorial_overlap")) == by_seed(values)


def check_that_shares_are_of_squares_of_one_drawing(dice, connection):
    built = {row["task"]: row["spec"]["architecture"] for row in dice.records}
    expected = defaultdict(list)
    for made, one, other, rows in sorted(squares_of(dice), key=lambda square: (square[1]["order"], square[2]["order"])):
        if one is not other and drawing(one["split"]) == drawing(other["split"]):
            splits = (one["split"], other["split"], built[one["model"]] == built[other["model"]])
            told = (one["model"], other["model"], *splits, len(fooled_of(rows)), len(rows))
            expected[made["attack"], made["budget"], drawing(one["split"])].append(told)
    found = {}
    for *key, pairs, squares in asked(connection, "attack, budget, drawing, pairs, squares", "factorial_shares"):
        found[tuple(key)] = [
            (
                *(one[word] for word in ("surrogate", "target", "surrogate_split", "target_split")),
                one["surrogate_architecture"] == one["target_architecture"],
                *(one["k"], one["n"]),
            )
            for one in squares
        ]
        assert pairs == len(squares)
    assert found == expected


CHECKS = (
    check_that_risks_are_those_of_the_surest_answers,
    check_that_substitutes_are_as_alike_as_they_answer,
    check_that_techniques_and_their_votes_are_shown_what_others_made,
    check_that_units_are_set_beside_directions,
    check_that_the_same_class_is_counted_of_what_the_next_twin_made,
    check_that_images_in_common_and_architectures_are_told_apart,
    check_that_shares_are_of_squares_of_one_drawing,
)


@FEW
@given(studies_of(thrown, seeds=3, images=6, holes=0.2))
def test_every_question_of_claims_is_the_count(dice):
    check(dice, CHECKS)


@pytest.mark.long
@MANY
@given(studies_of(thrown, seeds=3, images=6, holes=0.2))
def test_every_question_of_claims_is_the_count_in_a_hundred_studies(dice):
    check(dice, CHECKS)
