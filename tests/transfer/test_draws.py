"""Draws depend on the seed, the image and the count alone."""

import torch
from scipy import stats

from transfer.draws import Draws


def test_an_image_draws_alike_alone_and_in_company():
    together = Draws("seed", [3, 8, 5])
    alone = Draws("seed", [8])
    for shape in ((), (2, 3), ()):
        assert torch.equal(together.uniform(*shape)[1], alone.uniform(*shape)[0])


def test_one_block_of_draws_is_many_single_draws():
    many, single = Draws(1, [4]), Draws(1, [4])
    assert many.uniform(5)[0].tolist() == [single.uniform()[0].item() for _ in range(5)]


def test_seeds_images_and_repetitions_differ():
    first, other = Draws("a", range(50)), Draws("b", range(50))
    values = torch.cat([first.uniform(20).flatten(), first.uniform(20).flatten(), other.uniform(20).flatten()])
    assert len(values.unique()) == len(values)


def test_uniform_and_normal_draws_have_their_distributions():
    draws = Draws("distribution", range(200))
    assert stats.kstest(draws.uniform(100).flatten(), "uniform").pvalue > 1e-3
    assert stats.kstest(draws.normal(100).flatten(), "norm").pvalue > 1e-3
    assert abs(draws.signs(100).mean().item()) < 0.03
    assert stats.chisquare(draws.below(7, 100).flatten().bincount()).pvalue > 1e-3


def test_neighbouring_images_and_seeds_are_not_correlated():
    grid = torch.stack([Draws(seed, range(64)).uniform(64) for seed in range(8)])
    assert torch.corrcoef(grid.flatten(1)).fill_diagonal_(0).abs().max() < 0.08
    assert torch.corrcoef(grid[0]).fill_diagonal_(0).abs().max() < 0.55


def test_an_order_holds_every_image_once_and_the_next_differs():
    draws = Draws("order", range(1000))
    first, second = draws.order(), draws.order()
    assert first.sort().values.tolist() == list(range(1000))
    assert not torch.equal(first, second)


def test_some_of_the_images_have_the_streams_that_they_have_among_all():
    draws = Draws("some", range(9))
    draws.uniform(3)
    some = draws.of(torch.tensor([7, 2]))
    assert torch.equal(some.uniform(4), Draws("some", [7, 2]).uniform(7)[:, 3:])
    assert torch.equal(draws.uniform(4)[[7, 2]], Draws("some", [7, 2]).uniform(7)[:, 3:]), "taken from the others too"


def test_streams_apart_share_no_draw_and_are_told_apart_by_name_and_by_what_was_taken():
    draws = Draws("apart", range(50))
    one, same, other = draws.apart("noise"), draws.apart("noise"), draws.apart("order")
    first = draws.uniform(20)
    later = draws.apart("noise")
    values = [first, one.uniform(20), other.uniform(20), later.uniform(20)]
    assert len(torch.cat([block.flatten() for block in values]).unique()) == 4 * 50 * 20
    assert torch.equal(same.uniform(20), values[1])
    assert torch.equal(Draws("apart", [8]).apart("noise").uniform(20)[0], values[1][8])
    joined = torch.corrcoef(torch.stack([block.flatten() for block in values])).fill_diagonal_(0)
    assert joined.abs().max() < 0.12


def test_the_numbers_stay_what_they_are():
    # Golden: a change here changes every study's images, goals and noise, and must raise the tasks' version.
    assert Draws("golden", [0, 7]).uniform(2).tolist() == GOLDEN


GOLDEN = [[0.5823340527405854, 0.26279802136536257], [0.36880096526591866, 0.9386868547361131]]
