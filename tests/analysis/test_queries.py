"""Each question on the fewest rows that tell a right answer from a wrong one."""

import pytest

from tests.analysis.made import clean, craft, crafted, model, noise, prediction, tables

A, B = model("A"), model("B", 1)
ON_A = craft(A)
NOISE = noise(ON_A, A, order=1)
CLEAN = clean(order=2)
ONCE = craft(order=3, role="control", control="gaussian", attack="gaussian", budget="rms 0.3")


def ask(sql, predictions=(), models=(A, B), crafts=(ON_A, NOISE, CLEAN, ONCE), **more):
    return tables(models=models, crafts=crafts, predictions=predictions, **more).execute(sql).fetchall()


# label 0 everywhere: what surrogate and target say to the clean and to the crafted image
SEEN = [
    # surrogate clean, surrogate crafted, target clean, target crafted
    (0, 1, 0, 1),  # fooled, into the surrogate's class
    (0, 1, 0, 2),  # fooled otherwise
    (0, 1, 0, 0),  # only the surrogate is fooled
    (0, 0, 0, 1),  # only the target is fooled
    (1, 1, 0, 1),  # the surrogate was wrong before
    (0, 1, 1, 1),  # the target was wrong before
    (0, 1, 1, 0),  # the target becomes right
]


def seen(craft, target, rows=SEEN):
    names = ("surrogate_clean", "surrogate_crafted", "target_clean")
    for image, (*before, predicted) in enumerate(rows):
        yield prediction(craft, target, image, 0, predicted, **dict(zip(names, before, strict=True)))


def test_each_denominator_of_the_transfer_matrix_counts_its_own_images():
    rows = ask("select denominator, fooled, n, rate from transfer_matrix", list(seen(ON_A, B)))
    assert {name: counts for name, *counts in rows} == {
        "both-right": [3, 4, 3 / 4],
        "target-right": [4, 5, 4 / 5],
        "surrogate-fooled": [2, 3, 2 / 3],
        "all": [5, 7, 5 / 7],
    }


@pytest.mark.parametrize("one", [CLEAN, ONCE], ids=["clean", "noise crafted once"])
def test_without_a_surrogate_the_conditions_fall_back_to_the_target(one):
    rows = [(None, None, *after) for _, _, *after in SEEN]
    found = ask("select denominator, fooled, n from transfer_matrix", list(seen(one, B, rows)))
    assert sorted(found) == [("all", 5, 7), ("both-right", 4, 5), ("surrogate-fooled", 4, 5), ("target-right", 4, 5)]


def test_a_square_with_no_image_to_count_has_no_rate():
    nobody = [(1, 1, 1, 1)]
    found = ask("select denominator, fooled, n, rate from transfer_matrix", list(seen(ON_A, B, nobody)))
    assert sorted(found) == [
        ("all", 1, 1, 1.0),
        ("both-right", 0, 0, None),
        ("surrogate-fooled", 0, 0, None),
        ("target-right", 0, 0, None),
    ]


def test_the_transfer_matrix_names_its_squares_and_marks_the_diagonal():
    both = [*seen(ON_A, A), *seen(ON_A, B), *seen(CLEAN, A, [(None, None, 0, 0)])]
    where = "where denominator = 'all'"
    rows = ask(f"select surrogate, target, attack, budget, role, is_diagonal from transfer_matrix {where}", both)
    assert rows == [
        ("A", "A", "fgsm", "linf 0.1", "attack", True),
        ("A", "B", "fgsm", "linf 0.1", "attack", False),
        (None, "A", None, None, "clean", False),
    ]


def test_a_target_that_is_in_an_ensemble_is_on_its_diagonal():
    both = craft({**A, "name": "A and B"}, surrogates=[A["model"], B["model"]])
    rows = ask("select distinct is_diagonal from transfer_matrix", list(seen(both, B)), crafts=[both])
    assert rows == [(True,)]


def test_trials_say_what_happened_and_nothing_of_a_surrogate_that_there_is_not():
    once = prediction(ONCE, B, 7, 0, 1)
    wanted = "image, is_surrogate_right, is_target_right, is_fooled, is_surrogate_fooled, is_same_mistake, is_diagonal"
    rows = ask(f"select {wanted} from trials order by image", [*seen(ON_A, B), once])
    assert rows == [
        (0, True, True, True, True, True, False),
        (1, True, True, True, True, False, False),
        (2, True, True, False, True, False, False),
        (3, True, True, True, False, False, False),
        (4, False, True, True, True, True, False),
        (5, True, False, True, True, True, False),
        (6, True, False, False, True, False, False),
        (7, None, True, True, None, None, False),
    ]


def test_the_three_outcomes_add_up_to_the_images_that_both_get_right():
    asked = "select surrogate, target, n, unfooled, fooled_otherwise, fooled_alike, same_mistake_rate from outcomes"
    assert ask(asked, [*seen(ON_A, B), *seen(NOISE, B)]) == [("A", "B", 4, 1, 2, 1, 1 / 3)]


def test_noise_of_the_same_size_stands_beside_its_attack():
    weak = [(0, 0, 0, 0), (0, 0, 0, 1)]
    asked = "select surrogate, target, attack, n, fooled, control, control_n, control_fooled from noise_control"
    rows = ask(asked, [*seen(ON_A, B), *seen(NOISE, B, weak), *seen(ON_A, A)])
    assert rows == [("A", "B", "fgsm", 4, 3, "noise", 2, 1)]


def test_clean_accuracy_counts_the_clean_row_and_the_scores_of_the_last_epoch():
    scores = [
        {"model": A["model"], "epoch": epoch, "part": part, "images": 10, "right": right, "loss": 0.0}
        for epoch, part, right in ((1, "test", 3), (2, "test", 9), (2, "train", 8))
    ]
    shown = [prediction(CLEAN, A, image, 0, predicted) for image, predicted in enumerate((0, 0, 1))]
    asked = "select model, part, images, images_right, rate, all_images, all_right, all_rate from clean_accuracy"
    assert ask(asked, [*shown, *seen(ON_A, B)], trained=scores) == [
        ("A", "test", 3, 2, 2 / 3, 10, 9, 0.9),
        ("B", "test", None, None, None, None, None, None),
    ]


def test_the_rate_against_the_budget_leaves_diagonal_and_controls_out():
    more = craft(A, order=4, budget="linf 0.2", epsilon=0.2)
    onto_a = craft(B, order=5)
    rows = [*seen(ON_A, B), *seen(ON_A, A), *seen(NOISE, B), *seen(onto_a, A, SEEN[:2]), *seen(more, B, SEEN[2:3])]
    asked = "select attack, norm, epsilon, budget, part, squares, n, fooled, rate, mean_rate from rate_against_budget"
    assert ask(asked, rows, crafts=(ON_A, NOISE, more, onto_a)) == [
        ("fgsm", "linf", 0.1, "linf 0.1", "test", 2, 6, 5, 5 / 6, (3 / 4 + 1) / 2),
        ("fgsm", "linf", 0.2, "linf 0.2", "test", 1, 1, 0, 0.0, 0.0),
    ]


FINAL = craft(A, attack="pgd", iterated="pgd", step=10, images=3)
EARLY = craft(A, FINAL, order=1, attack="pgd at step 2", iterated="pgd", step=2, images=3)
ON_B = craft(B, order=2, attack="pgd", iterated="pgd", step=10, images=3)


def spent(one, *gradients):
    return [crafted(one, image, gradients=count) for image, count in enumerate(gradients)]


def test_the_rate_against_steps_counts_each_step_over_all_squares_off_the_diagonal():
    rows = [*seen(FINAL, B, SEEN[:2]), *seen(EARLY, B, SEEN[:3]), *seen(ON_B, A, SEEN[2:5]), *seen(FINAL, A)]
    rows += [*seen(ON_A, B), *seen(NOISE, B)]
    taken = [*spent(FINAL, 10, 10), *spent(EARLY, 2, 2, 2), *spent(ON_B, 10, 13), *spent(ON_A, 1)]
    asked = "select attack, budget, part, step, gradients, squares, n, fooled, rate, mean_rate from rate_against_steps"
    found = ask(asked, rows, crafts=(FINAL, EARLY, ON_B, ON_A, NOISE), crafted=taken)
    assert found == [
        ("pgd", "linf 0.1", "test", 2, 2.0, 1, 3, 2, 2 / 3, 2 / 3),
        ("pgd", "linf 0.1", "test", 10, 10.75, 2, 4, 3, 3 / 4, (1 + 1 / 2) / 2),
    ]


def test_a_rescaled_craft_cost_what_it_is_made_from_cost_and_what_took_none_is_left_out():
    rescaled = craft(A, FINAL, order=3, attack="pgd", budget="rms 0.1", norm="rms")
    theirs = craft({"name": "theirs", "model": "none of ours"}, order=4, surrogates=[], attack="theirs")
    taken = [*spent(FINAL, 9, 11), *spent(EARLY, 2, 4), *spent(rescaled, 0, 0), *spent(theirs, 0), *spent(NOISE, 0)]
    found = ask(
        "select name, gradients from craft_gradients",
        crafts=(FINAL, EARLY, rescaled, theirs, NOISE),
        crafted=taken,
    )
    assert found == [
        ("pgd, linf 0.1, on A", 10.0),
        ("pgd at step 2, linf 0.1, on A", 3.0),
        ("pgd, rms 0.1, on A", 10.0),
    ]


def test_the_front_holds_what_no_other_attack_of_its_budget_beats():
    def one(attack, gradients, fooled, order, budget="linf 0.1"):
        made = craft(A, order=order, attack=attack, budget=budget)
        shown = seen(made, B, [SEEN[0]] * fooled + [SEEN[2]] * (4 - fooled))
        return made, list(shown), spent(made, gradients)

    attacks = [
        one("cheap", 1, 1, 0),
        one("good", 10, 3, 1),
        one("dear", 20, 3, 2),  # as good as good, for more
        one("bad", 10, 2, 3),  # costs as much as good, and is worse
        one("twin", 10, 3, 4),  # neither of two equals beats the other
        one("far", 30, 0, 5, "linf 0.2"),  # alone in its budget
    ]
    found = ask(
        "select attack, budget, gradients, n, fooled, rate, mean_rate, is_on_front from rate_against_gradients",
        [row for _, shown, _ in attacks for row in shown] + list(seen(ON_A, A)),
        crafts=[made for made, _, _ in attacks] + [ON_A],
        crafted=[row for _, _, taken in attacks for row in taken] + spent(ON_A, 1),
    )
    assert found == [
        ("cheap", "linf 0.1", 1.0, 4, 1, 0.25, 0.25, True),
        ("good", "linf 0.1", 10.0, 4, 3, 0.75, 0.75, True),
        ("bad", "linf 0.1", 10.0, 4, 2, 0.5, 0.5, False),
        ("twin", "linf 0.1", 10.0, 4, 3, 0.75, 0.75, True),
        ("dear", "linf 0.1", 20.0, 4, 3, 0.75, 0.75, False),
        ("far", "linf 0.2", 30.0, 4, 0, 0.0, 0.0, True),
    ]


def test_failures_are_tasks_that_failed_and_are_not_done():
    def attempt(task, number, message):
        return {"task": task, "stage": "craft", "attempt": number, "cause": "science", "message": message}

    failed = [
        *(attempt(ON_A["craft"], number, f"NaN {number}") for number in (2, 10, 9)),
        attempt(NOISE["craft"], 1, "out of memory"),
        attempt("of an older study", 1, "boom"),
    ]
    done = [{"task": NOISE["craft"], "stage": "craft"}]
    rows = ask("select name, attempts, message, stage from failures", failed_attempts=failed, records=done)
    assert sorted(rows, key=str) == [
        ("fgsm, linf 0.1, on A", 3, "NaN 10", "craft"),
        (None, 1, "boom", "craft"),
    ]


def test_a_name_is_only_ever_text(hostile):
    named = model(hostile)
    made = craft(named)
    rows = ask("select surrogate, target from trials", list(seen(made, named, SEEN[:1])), [named], [made])
    assert rows == [(hostile, hostile)]
