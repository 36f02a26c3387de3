"""Questions that compare squares against a count in Python over the same rows, on random studies with holes."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given

from tests.analysis.test_brute_force import FEW, by_square, connected, is_counted, studies


def squares_of_attacks(results):
    """The rows that count, by budget, surrogate and target, off the diagonal."""
    crafts = {craft["craft"]: craft for craft in results.crafts}
    names = {model["model"]: model["name"] for model in results.models}
    for (craft, target), rows in by_square(results).items():
        made = crafts[craft]
        if made["role"] == "attack" and target not in made["surrogates"]:
            kept = [row for row in rows if is_counted(row, "both-right")]
            yield made["budget"], made["surrogate"], names[target], kept


def fooled(rows):
    return {row["image"] for row in rows if row["predicted"] != row["label"]}


def check_that_asymmetry_and_the_comparison_of_targets_are_the_count(results, connection):
    squares = {place: rows for *place, rows in squares_of_attacks(results) for place in [tuple(place)]}
    order = {model["name"]: model["order"] for model in results.models}
    both_ways, two_targets = [], []
    for (budget, surrogate, target), rows in squares.items():
        images = {row["image"] for row in rows}
        for other in order:
            if (budget, surrogate, other) in squares and order[target] < order[other]:
                theirs = squares[budget, surrogate, other]
                shared = images & {row["image"] for row in theirs}
                one, two = fooled(rows) & shared, fooled(theirs) & shared
                two_targets.append((budget, surrogate, target, other, len(shared), len(one - two), len(two - one)))
        if order[surrogate] < order[target] and (budget, target, surrogate) in squares:
            theirs = squares[budget, target, surrogate]
            shared = images & {row["image"] for row in theirs}
            one, two = fooled(rows) & shared, fooled(theirs) & shared
            both_ways.append((budget, surrogate, target, len(shared), len(one - two), len(two - one)))
    asked = "select budget, model, other, n, only_forth, only_back from asymmetry"
    assert sorted(connection.execute(asked).fetchall()) == sorted(both_ways)
    asked = "select budget, surrogate, target, other, n, only_one, only_other from targets_compared"
    assert sorted(connection.execute(asked).fetchall()) == sorted(two_targets)


def check_that_surrogates_targets_families_and_sizes_are_ranked_by_the_count(results, connection):
    families = {model["name"]: model["family"] for model in results.models}
    best, fragile, blocks = (defaultdict(lambda: [0, 0, 0]) for _ in range(3))
    for budget, surrogate, target, rows in squares_of_attacks(results):
        block = (budget, families[surrogate], families[target])
        for counts in (best[budget, surrogate], fragile[budget, target], blocks[block]):
            for place, more in enumerate((1, len(rows), len(fooled(rows)))):
                counts[place] += more
    for columns, expected in (
        ("budget, surrogate, targets, n, fooled from best_surrogate", best),
        ("budget, target, surrogates, n, fooled from most_fragile_target", fragile),
        ("budget, crafted_on, shown_to, squares, n, fooled from family_blocks", blocks),
    ):
        found = connection.execute(f"select {columns}").fetchall()
        assert {tuple(row[:-3]): list(row[-3:]) for row in found} == expected


def check_that_confusion_and_the_hardest_images_are_the_count(results, connection):
    classes, labels, images = Counter(), Counter(), defaultdict(lambda: [0, 0])
    for budget, _, _, rows in squares_of_attacks(results):
        for row in rows:
            classes[budget, row["label"], row["predicted"]] += 1
            labels[budget, row["label"]] += 1
            images[budget, row["image"], row["label"]][0] += 1
            images[budget, row["image"], row["label"]][1] += row["predicted"] != row["label"]
    found = connection.execute("select budget, label, class, n, k from confusion").fetchall()
    expected = [(*place, labels[place[:2]], k) for place, k in classes.items()]
    assert sorted(found) == sorted(expected)
    found = connection.execute("select budget, image, label, n, k, hardest, easiest from hardest_images").fetchall()
    assert {tuple(row[:3]): list(row[3:5]) for row in found} == images
    for budget, *_, n, k, hardest, easiest in found:
        among = [row for row in found if row[0] == budget]
        assert hardest == 1 + sum((row[4] / row[3], -row[3]) < (k / n, -n) for row in among)
        assert easiest == 1 + sum((-row[4] / row[3], -row[3]) < (-k / n, -n) for row in among)


def check_that_the_same_mistakes_and_their_chance_are_the_count(results, connection):
    expected = {}
    for budget, surrogate, target, rows in squares_of_attacks(results):
        wrong = [row for row in rows if row["predicted"] != row["label"] != row["surrogate_crafted"]]
        by_label = defaultdict(list)
        for row in wrong:
            by_label[row["label"]].append(row)
        chance = sum(
            sum(one["surrogate_crafted"] == other["predicted"] for one in alike for other in alike) / len(alike)
            for alike in by_label.values()
        )
        if wrong:
            same = sum(row["predicted"] == row["surrogate_crafted"] for row in wrong)
            expected[budget, surrogate, target] = (len(wrong), same, pytest.approx(100 * chance / len(wrong)))
    asked = "select budget, surrogate, target, n, k, chance from same_mistakes"
    found = connection.execute(asked).fetchall()
    assert {tuple(row[:3]): tuple(row[3:]) for row in found} == expected


def check_that_the_smallest_transferable_perturbation_is_the_least_of_all_budgets(results, connection):
    rms = {(row["craft"], row["image"]): row["rms"] for row in results.crafted}
    counted, sizes = defaultdict(set), defaultdict(dict)
    for _, surrogate, target, rows in squares_of_attacks(results):
        for row in rows:
            counted[surrogate, target].add(row["image"])
            if row["predicted"] != row["label"]:
                size = rms[row["craft"], row["image"]]
                known = sizes[surrogate, target]
                known[row["image"]] = min(size, known.get(row["image"], size))
    asked = "select surrogate, target, n, k, rms_5 from smallest_transferable"
    found = {tuple(row[:2]): tuple(row[2:4]) for row in connection.execute(asked).fetchall()}
    assert found == {place: (len(images), len(sizes[place])) for place, images in counted.items() if images}


CHECKS = (
    check_that_asymmetry_and_the_comparison_of_targets_are_the_count,
    check_that_surrogates_targets_families_and_sizes_are_ranked_by_the_count,
    check_that_confusion_and_the_hardest_images_are_the_count,
    check_that_the_same_mistakes_and_their_chance_are_the_count,
    check_that_the_smallest_transferable_perturbation_is_the_least_of_all_budgets,
)


# One connection for all checks of a study: making its views takes longer than asking.
@FEW
@given(studies())
def test_every_question_of_pairs_is_the_count(results):
    connection = connected(results)
    for check in CHECKS:
        check(results, connection)
