import numpy as np
import pytest

from analysis.bootstrap import Squares, curve, difference, rate
from benchmarks.simulated import Planted, squares


def strata(seeds):
    return {(network, seed): network for network in "ab" for seed in range(seeds)}


def test_of_one_pair_of_models_only_images_are_drawn_again():
    fooled = [[1] * 30 + [0] * 70]
    found = rate(Squares(["a"], ["b"], fooled, np.ones((1, 100))))
    assert found.value == 0.3
    assert found.error == pytest.approx((0.3 * 0.7 / 100) ** 0.5, rel=0.05)


def test_images_that_squares_share_count_once():
    one = [[1] * 30 + [0] * 70]
    alone = rate(Squares(["a"], ["b"], one, np.ones((1, 100))))
    models = [("a", 0)] * 4, [("b", seed) for seed in range(4)]
    assert rate(Squares(*models, one * 4, np.ones((4, 100))), strata(4)).error == pytest.approx(alone.error)


def test_seeds_that_agree_on_no_image_but_in_their_rate_are_as_unsure_as_students_t_says():
    # Every image fools the target of seed s or none does: images say nothing, the four rates are the observations.
    fooled = np.repeat([[0], [0], [1], [1]], 50, axis=1)
    models = [("a", 0)] * 4, [("b", seed) for seed in range(4)]
    found = rate(Squares(*models, fooled, np.ones((4, 50))), strata(4))
    assert found.error == pytest.approx((1 / 3 / 4) ** 0.5, rel=0.05)
    # Three degrees of freedom: 3.18 errors on each side, and no rate beyond 0 and 1.
    assert found.interval == (0.0, 1.0)


def test_what_both_sides_share_drops_out_of_a_difference():
    random = np.random.default_rng(0)
    fooled = random.random((9, 200)) < random.random(200)
    models = [("a", i // 3) for i in range(9)], [("b", i % 3) for i in range(9)]
    same = Squares(*models, fooled, np.ones((9, 200)))
    assert difference(same, same, strata(3)) == (0.0, 0.0, (0.0, 0.0))
    less = Squares(*models, fooled * (np.arange(200) % 2), np.ones((9, 200)))
    apart = (rate(same, strata(3)).error ** 2 + rate(less, strata(3)).error ** 2) ** 0.5
    assert difference(same, less, strata(3)).error < apart


def test_images_that_do_not_count_change_nothing():
    counted = np.ones((1, 100))
    counted[:, 60:] = 0
    fooled = np.array([[1] * 30 + [0] * 30 + [0] * 40])
    assert rate(Squares(["a"], ["b"], fooled, counted)).value == 0.5


def test_a_model_shown_to_itself_is_drawn_once():
    # Only the diagonal: a mean over models, whose error is that of a mean of four.
    models = [("a", seed) for seed in range(4)]
    fooled = np.repeat([[0], [0], [1], [1]], 50, axis=1)
    assert rate(Squares(models, models, fooled, np.ones((4, 50))), strata(4)).error == pytest.approx(12**-0.5, rel=0.05)


def test_nothing_counted_and_two_seeds_shown_to_each_other_alone_have_no_interval():
    nothing = Squares(["a"], ["b"], [[0]], [[0]])
    something = Squares(["a"], ["b"], [[1]], [[1]])
    assert rate(nothing) is None
    assert difference(something, nothing) is None
    models = [("a", 0), ("a", 1)]
    assert rate(Squares(models, models[::-1], [[0, 1], [1, 0]], np.ones((2, 2))), strata(2)) is None


def test_a_curve_is_the_rate_at_each_point():
    points = [Squares(["a"], ["b"], [[i < k for i in range(10)]], np.ones((1, 10))) for k in (2, 5)]
    assert curve(points) == [rate(point) for point in points]
    assert [point.value for point in curve(points)] == [0.2, 0.5]


def test_intervals_hold_the_planted_rate_as_often_as_they_say():
    # Sixty studies: fewer than 52 would be seen in one of a hundred where 95% hold. Long form: make coverage.
    random, planted = np.random.default_rng(3), Planted(-1.0)
    found = [rate(squares(planted, 5, 100, random), strata(5), draws=300).interval for _ in range(60)]
    assert sum(low <= planted.rate <= high for low, high in found) >= 52
