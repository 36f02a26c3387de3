"""Sizes, directions and projections, against arithmetic on paper and each other."""

import pytest
import torch

from transfer.balls import BALLS, ball, each
from transfer.draws import Draws

SOME = torch.tensor([[[[3.0, -4.0], [0.0, 0.0]]], [[[0.1, 0.1], [0.1, -0.1]]]])


def test_sizes_on_paper():
    assert ball("linf").size(SOME).tolist() == pytest.approx([4.0, 0.1])
    assert ball("l2").size(SOME).tolist() == pytest.approx([5.0, 0.2])
    assert ball("rms").size(SOME).tolist() == pytest.approx([2.5, 0.1])


def test_an_unknown_norm_names_the_known_ones():
    with pytest.raises(LookupError, match="linf"):
        ball("l3")


@pytest.mark.parametrize("norm", BALLS)
def test_projection_reaches_the_ball_keeps_what_is_inside_and_is_idempotent(norm):
    around = ball(norm)
    values = Draws(norm, range(20)).normal(3, 4, 4)
    epsilon = each(torch.linspace(0.1, 3.0, 20), values)
    inside = around.project(values, epsilon)
    assert (around.size(inside) <= epsilon.flatten() * (1 + 1e-12)).all()
    assert torch.allclose(around.project(inside, epsilon), inside, rtol=1e-12)
    small = values * 1e-3
    assert torch.equal(around.project(small, epsilon), small)


@pytest.mark.parametrize("norm", BALLS)
def test_the_steepest_direction_has_size_one_and_no_unit_direction_climbs_more(norm):
    around = ball(norm)
    gradients = Draws(f"g {norm}", range(10)).normal(1, 5, 5)
    best = around.steepest(gradients)
    assert around.size(best).tolist() == pytest.approx([1.0] * 10)
    gain = (best * gradients).sum(dim=(1, 2, 3))
    for attempt in range(50):
        other = Draws(attempt, range(10)).normal(1, 5, 5)
        other = other / each(around.size(other), other)
        assert ((other * gradients).sum(dim=(1, 2, 3)) <= gain + 1e-9).all()


@pytest.mark.parametrize("norm", BALLS)
def test_samples_fill_the_ball(norm):
    around = ball(norm)
    like = torch.zeros(500, 1, 2, 2, dtype=torch.float64)
    sizes = around.size(around.sample(like, each(2.0, like), Draws("fill", range(500))))
    assert sizes.max() <= 2.0 + 1e-12
    # In d dimensions a share 2^-d of a ball lies within half its radius: 1/16 here.
    assert 0.02 < (sizes < 1.0).double().mean() < 0.12


@pytest.mark.parametrize("norm", BALLS)
def test_a_gradient_of_zero_moves_nothing(norm):
    assert ball(norm).steepest(torch.zeros(2, 1, 3, 3)).abs().max() == 0
