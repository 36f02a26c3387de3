"""Questions over what probes measured against a count in Python, on studies that have everything."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given

from tests.analysis.dice import FEW, MANY, studies_of, thrown
from tests.analysis.made import tables
from tests.analysis.test_brute_force_of_studies import Counted, asked, is_single


def values_of(dice):
    """What was measured, image by image, by name of the probe and its models."""
    found = defaultdict(list)
    for row in dice.measured:
        (probe,) = (one for one in dice.probes if one["probe"] == row["probe"])
        found[probe["name"], row["name"], row["model"], row["other"]].append(row["value"])
    return found


def check_that_the_first_probe_of_a_kind_counts(counted, values, connection):
    names = {one["model"]: one["name"] for one in counted.dice.models}
    expected = {}
    for (probe, _, one, other), each in values.items():
        function = {"alignment": "gradient_alignment", "losses": None}.get(probe, "gradient_size")
        is_first = probe != "again" or ("size", "l2", one, None) not in values
        if function and is_first:
            expected[function, names[one], names.get(other)] = pytest.approx(np.mean(each))
    found = asked(connection, "function, model, other, value", "gradient_probes")
    assert {tuple(row[:3]): row[3] for row in found} == expected


def check_that_losses_vary_between_the_models_of_a_family(counted, values, connection):
    families = defaultdict(list)
    for (probe, _, one, _), each in values.items():
        if probe == "losses":
            families[counted.models[one]["family"]].append(each)
    expected = {
        family: (len(rows), pytest.approx(np.mean(np.var(rows, axis=0, ddof=1))))
        for family, rows in families.items()
        if len(rows) > 1
    }
    found = asked(connection, "family, models, variance", "loss_variability")
    assert {row[0]: row[1:] for row in found} == expected


def check_that_quantities_are_set_beside_rates(counted, values, connection):
    expected = defaultdict(list)
    for one, target, images, wrong in counted.squares:
        if is_single(one) and images:
            surrogate = counted.surrogate(one)
            sides = {"surrogate": (surrogate["model"], None), "target": (target["model"], None)}
            sides["pair"] = (surrogate["model"], target["model"])
            for (probe, quantity, *models), each in values.items():
                for side, of in sides.items():
                    if tuple(models) == of:
                        point = (surrogate["name"], target["name"], np.mean(each), len(wrong) / len(images))
                        expected[one["attack"], one["budget"], probe, quantity, side].append(point)
    found = asked(connection, "attack, budget, probe, quantity, side, pairs, points", "predictors")
    assert {row[:5] for row in found} == expected.keys()
    for *key, pairs, points in found:
        told = sorted(expected[tuple(key)])
        assert pairs == len(points) == len(told)
        assert [(one["surrogate"], one["target"]) for one in points] == [row[:2] for row in told]
        assert [one[word] for one in points for word in ("value", "rate")] == pytest.approx(
            [number for row in told for number in row[2:]]
        )


def check_that_errors_of_a_pair_are_set_beside_the_targets_own(counted, values, connection):
    errors = defaultdict(list)
    for row in counted.dice.predictions:
        one = counted.crafts[row["craft"]]
        if one["role"] == "attack" and is_single(one):
            key = (one["attack"], one["budget"], counted.surrogate(one)["name"], counted.models[row["target"]]["name"])
            errors[key].append(row["predicted"] != row["label"])
    names = {one["name"]: one["model"] for one in counted.dice.models}
    expected = {}
    for (attack, budget, surrogate, target), wrong in errors.items():
        cosines = values.get(("alignment", "cosine", names[surrogate], names[target]))
        if cosines:
            own = errors.get((attack, budget, target, target))
            counts = [np.mean(cosines), len(wrong), np.mean(wrong), np.mean(own) if own else None]
            expected[attack, budget, surrogate, target] = counts
    columns = "attack, budget, surrogate, target, alignment, n, black_box, white_box"
    found = asked(connection, columns, "alignment_pairs")
    assert len(found) == len(expected)
    for row in found:
        assert list(row[4:]) == pytest.approx(expected[tuple(row[:4])])


def check(dice):
    connection = tables(**dice.tables)
    counted, values = Counted(dice), values_of(dice)
    check_that_the_first_probe_of_a_kind_counts(counted, values, connection)
    check_that_losses_vary_between_the_models_of_a_family(counted, values, connection)
    check_that_quantities_are_set_beside_rates(counted, values, connection)
    check_that_errors_of_a_pair_are_set_beside_the_targets_own(counted, values, connection)


@FEW
@given(studies_of(thrown, seeds=2, images=7, holes=0.3))
def test_every_question_of_probes_is_the_count(dice):
    check(dice)


@pytest.mark.long
@MANY
@given(studies_of(thrown, seeds=2, images=7, holes=0.3))
def test_every_question_of_probes_is_the_count_in_a_hundred_studies(dice):
    check(dice)
