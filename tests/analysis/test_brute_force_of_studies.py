"""Questions over attacks, splits, seeds, epochs and tasks against a count in Python, on studies that have it all."""

import math
import re
from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given

from tests.analysis.dice import END, FEW, MANY, UNASKED, studies_of, thrown
from tests.analysis.made import tables
from tests.analysis.test_brute_force import fooled_of, is_counted


class Counted:
    """The squares of attacks off the diagonal: the craft, the target, the images that count and those that fool."""

    def __init__(self, dice):
        self.dice = dice
        self.models = {one["model"]: one for one in dice.models}
        self.crafts = {one["craft"]: one for one in dice.crafts}
        rows = defaultdict(list)
        for row in dice.predictions:
            rows[row["craft"], row["target"]].append(row)
        self.squares = []
        for (made, target), square in rows.items():
            one = self.crafts[made]
            if one["role"] == "attack" and target not in one["surrogates"]:
                kept = [row for row in square if is_counted(row, "both-right")]
                self.squares.append((one, self.models[target], {row["image"] for row in kept}, fooled_of(kept)))

    def pooled(self, key, keep=lambda one, target: True):
        """Squares, n and fooled by a key of craft and target."""
        counts = defaultdict(lambda: [0, 0, 0])
        for one, target, images, wrong in self.squares:
            if keep(one, target):
                for place, more in enumerate((1, len(images), len(wrong))):
                    counts[key(one, target)][place] += more
        return counts

    def surrogate(self, one):
        return self.models[one["surrogates"][0]]


def asked(connection, columns, name):
    return connection.execute(f"select {columns} from {name}").fetchall()


def keyed(rows, values=3):
    return {tuple(row[:-values]): list(row[-values:]) for row in rows}


def is_single(one, target=None):
    return len(one["surrogates"]) == 1


def check_that_two_attacks_are_compared_image_by_image(counted, connection):
    expected = {}
    for (one, target, images, wrong), (other, same, theirs, fooled) in product(counted.squares, repeat=2):
        is_pair = one["order"] < other["order"] and one["attack"] != other["attack"] and target is same
        if is_pair and all(one[word] == other[word] for word in ("budget", "surrogates")):
            both = images & theirs
            counts = [len(both), len(wrong & theirs), len(fooled & images)]
            key = (one["attack"], other["attack"], one["budget"], one["surrogate"], target["name"])
            expected[key] = [*counts, len((wrong - fooled) & both), len((fooled - wrong) & both)]
    columns = "attack, other, budget, surrogate, target, n, fooled, other_fooled, only_one, only_other"
    assert keyed(asked(connection, columns, "attacks_compared"), 5) == expected


def check_that_squares_are_pooled_by_budget_split_and_size(counted, connection):
    found = keyed(asked(connection, "attack, budget, squares_counted, n, fooled", "rate_redrawn"))
    assert found == counted.pooled(lambda one, target: (one["attack"], one["budget"]), is_single)
    columns = "attack, budget, crafted_on, shown_to, squares, n, fooled"
    expected = counted.pooled(
        lambda one, target: (one["attack"], one["budget"], counted.surrogate(one)["split"], target["split"]), is_single
    )
    assert keyed(asked(connection, columns, "split_blocks")) == expected
    found = keyed(asked(connection, "attack, budget, members, squares, n, fooled", "surrogate_count"))
    assert found == counted.pooled(lambda one, target: (one["attack"], one["budget"], len(one["surrogates"])))


def check_that_the_slope_over_members_is_that_of_a_line(counted, connection):
    points = defaultdict(list)
    for one, _, images, wrong in counted.squares:
        if images:
            point = (math.log2(len(one["surrogates"])), len(wrong) / len(images))
            points[one["attack"], one["budget"]].append(point)
    expected = {
        place: pytest.approx(np.polyfit(*zip(*line, strict=True), 1)[0], abs=1e-9)
        for place, line in points.items()
        if len({x for x, _ in line}) > 1
    }
    rows = asked(connection, "attack, budget, effect", "surrogate_count_slope")
    assert {tuple(row[:2]): row[2] for row in rows} == expected


def check_that_families_are_told_apart(counted, connection):
    kinds = defaultdict(lambda: {True: [], False: []})
    for one, target, images, wrong in counted.squares:
        if is_single(one) and images:
            is_within = counted.surrogate(one)["family"] == target["family"]
            kinds[one["attack"], one["budget"]][is_within].append(len(wrong) / len(images))
    expected = {
        place: [len(of[True]), len(of[False]), *(pytest.approx(np.mean(of[is_in])) if of[is_in] else None
                                                 for is_in in (True, False))]
        for place, of in kinds.items()
    }  # fmt: skip
    columns = "attack, budget, within_squares, across_squares, within_rate, across_rate"
    assert keyed(asked(connection, columns, "family_effect"), 4) == expected
    found = asked(connection, "attack, budget, pairs", "what_explains_transfer")
    assert {row[:2]: row[2] for row in found} == {place: sum(map(len, of.values())) for place, of in kinds.items()}


def check_that_sizes_are_of_images_that_were_tried_and_found(counted, connection):
    sizes, tried = defaultdict(list), defaultdict(int)
    for row in counted.dice.crafted:
        one = counted.crafts[row["craft"]]
        if one["role"] == "attack" and row["surrogate_clean"] == row["label"]:
            key = (one["attack"], one["budget"], one["surrogate"])
            tried[key] += 1
            sizes[key] += [row["rms"]] if row["is_found"] else []
    expected = {
        key: [tried[key], len(of), *(pytest.approx(np.quantile(of, q)) if of else None for q in (0.05, 0.5))]
        for key in tried
        for of in [sizes[key]]
    }
    found = asked(connection, "attack, budget, surrogate, tried, found, rms_5, rms_50", "distortions")
    assert keyed(found, 4) == expected


def check_that_what_gradients_buy_is_the_count_and_its_front(counted, connection):
    spent = {row["craft"]: row["gradients"] for row in counted.dice.crafted if row["gradients"]}
    groups = counted.pooled(
        lambda one, target: (one["attack"], one["budget"]), lambda one, target: one["craft"] in spent
    )
    cost = defaultdict(list)
    for one, *_ in counted.squares:
        if one["craft"] in spent:
            cost[one["attack"], one["budget"]].append(spent[one["craft"]])
    rows = asked(connection, "attack, budget, squares, n, fooled, gradients, is_on_front", "rate_against_gradients")
    assert {row[:2]: list(row[2:5]) for row in rows} == groups
    assert {row[:2]: row[5] for row in rows} == {key: pytest.approx(np.mean(of)) for key, of in cost.items()}
    for _, budget, _, n, wrong, gradients, is_on_front in rows:
        rivals = [(row[4] / row[3], row[5]) for row in rows if row[1] == budget and row[3]]
        better = [
            one for one in rivals if n and one != (wrong / n, gradients) and one[0] >= wrong / n and one[1] <= gradients
        ]
        assert is_on_front == (not better)
    found = keyed(asked(connection, "attack, budget, step, squares, n, fooled", "rate_against_steps"))
    key = lambda one, target: (one["iterated"], one["budget"], one["step"])  # noqa: E731
    assert found == counted.pooled(key, lambda one, target: one["attack"].startswith("bim"))


def check_that_epochs_are_told_apart(counted, connection):
    told = {one["model"]: (one["trained_as"], one["epoch"]) for one in counted.dice.models}
    expected = sorted((*told[row["model"]], row["part"], row["right"]) for row in counted.dice.trained)
    assert sorted(asked(connection, 'training, epoch, part, "right"', "accuracy_over_epochs")) == expected
    epochs = defaultdict(set)
    for training, epoch in told.values():
        epochs[training].add(epoch)
    expected = defaultdict(lambda: [0, 0, 0])
    for one, target, images, wrong in counted.squares:
        if is_single(one):
            sides = [("surrogate", counted.surrogate(one), target), ("target", target, counted.surrogate(one))]
            for side, own, other in sides:
                is_told = own["trained_as"] != other["trained_as"] and other["epoch"] == END
                if is_told and len(epochs[own["trained_as"]]) > 1:
                    key = (own["trained_as"], side, one["attack"], one["budget"], own["epoch"])
                    for place, more in enumerate((1, len(images), len(wrong))):
                        expected[key][place] += more
    columns = "training, side, attack, budget, epoch, squares, n, fooled"
    assert keyed(asked(connection, columns, "rate_over_epochs")) == expected


def check_that_tasks_and_failures_are_the_count(counted, connection):
    dice = counted.dice
    done = {row["task"]: row for row in dice.records}
    names = {**{one["model"]: one["name"] for one in dice.models}}
    lost = defaultdict(list)
    for row in dice.failed_attempts:
        if row["task"] not in done:
            lost[row["task"]].append(row)
    found = asked(connection, "task, attempts, cause", "failures")
    assert sorted(found) == sorted((task, len(rows), rows[-1]["cause"]) for task, rows in lost.items())
    assert not names.keys() & lost.keys()
    expected = {}
    for stage in ("train", "craft"):
        rows = [row for row in dice.records if row["stage"] == stage and row["task"] != UNASKED]
        failed = [row for row in dice.failed_attempts if row["stage"] == stage and row["task"] != UNASKED]
        unfinished = {row["task"] for row in failed} - done.keys()
        counts = [len(rows), sum(row["seconds"] for row in rows), sum(row["bytes"] for row in rows)]
        expected[stage,] = [*counts, len(rows) + len(failed), sum(row["seconds"] for row in failed), len(unfinished)]
    columns = "stage, tasks, seconds, bytes, attempts, failed_seconds, unfinished"
    assert keyed(asked(connection, columns, "cost"), 6) == expected


def network(name):
    return re.sub(r" seed \d+( |$)", r"\1", name)


def check_that_seeds_are_pooled(counted, connection):
    errors, sizes = defaultdict(lambda: [0, 0, 0]), defaultdict(list)
    for row in counted.dice.trained:
        key = (network(counted.models[row["model"]]["name"]), row["part"])
        for place, more in enumerate((1, row["images"], row["images"] - row["right"])):
            errors[key][place] += more
    assert keyed(asked(connection, "network, part, seeds, n, k", "errors_over_seeds")) == errors
    for row in counted.dice.crafted:
        one = counted.crafts[row["craft"]]
        if one["role"] == "attack" and is_single(one):
            sizes[one["attack"], one["budget"], network(one["surrogate"])].append((row["is_found"], row["rms"]))
    expected = {}
    for key, rows in sizes.items():
        found = [rms for is_found, rms in rows if is_found]
        expected[key] = [len(rows), len(found), pytest.approx(np.mean(found)) if found else None]
    columns = "attack, budget, network, tried, found, mean_rms"
    assert keyed(asked(connection, columns, "distortion_over_seeds")) == expected


def check_that_seeds_deviate_over_the_images_that_all_pairs_share(counted, connection):
    cells = defaultdict(list)
    for one, target, images, wrong in counted.squares:
        if is_single(one):
            key = (one["attack"], one["budget"], network(one["surrogate"]), network(target["name"]))
            cells[key].append((images, wrong))
    expected = {}
    for key, pairs in cells.items():
        shared = set.intersection(*(images for images, _ in pairs))
        if len(pairs) > 1 and shared:
            rates = [len(wrong & shared) / len(shared) for _, wrong in pairs]
            told = (np.mean(rates), np.std(rates, ddof=1))
            expected[key] = [len(pairs), len(shared), *(pytest.approx(value, abs=1e-7) for value in told)]
    columns = "attack, budget, crafted_on, shown_to, pairs, n, rate, deviation"
    assert keyed(asked(connection, columns, "seed_deviation"), 4) == expected


CHECKS = (
    check_that_seeds_are_pooled,
    check_that_seeds_deviate_over_the_images_that_all_pairs_share,
    check_that_two_attacks_are_compared_image_by_image,
    check_that_squares_are_pooled_by_budget_split_and_size,
    check_that_the_slope_over_members_is_that_of_a_line,
    check_that_families_are_told_apart,
    check_that_sizes_are_of_images_that_were_tried_and_found,
    check_that_what_gradients_buy_is_the_count_and_its_front,
    check_that_epochs_are_told_apart,
    check_that_tasks_and_failures_are_the_count,
)


def check(dice):
    connection = tables(**dice.tables)
    counted = Counted(dice)
    for one in CHECKS:
        one(counted, connection)


@FEW
@given(studies_of(thrown, seeds=2, images=7, holes=0.3))
def test_every_question_of_studies_is_the_count(dice):
    check(dice)


@pytest.mark.long
@MANY
@given(studies_of(thrown, seeds=2, images=7, holes=0.3))
def test_every_question_of_a_hundred_studies_is_the_count(dice):
    check(dice)
