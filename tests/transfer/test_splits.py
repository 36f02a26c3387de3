"""Splits are disjoint, balanced and stable."""

import pytest
import torch

from transfer.datasets.mnist import mnist
from transfer.splits import balanced_order, chosen, others, piece


@pytest.fixture(scope="module")
def labels():
    return torch.from_numpy(mnist(part="train")[1])


def test_halves_are_disjoint_complete_and_balanced(labels):
    first, second = piece(labels, 0, 30000, 0), piece(labels, 30000, 60000, 0)
    assert len(first) == len(second) == 30000
    assert torch.cat([first, second]).sort().values.tolist() == list(range(60000))
    difference = labels[first].bincount() - labels[second].bincount()
    assert difference.abs().max() <= 1


def test_any_piece_holds_the_classes_in_their_proportions(labels):
    shares = labels.bincount() / len(labels)
    for start, stop in ((0, 100), (777, 1777), (12345, 54321)):
        counts = labels[piece(labels, start, stop, 3)].bincount(minlength=10)
        assert (counts - shares * (stop - start)).abs().max() <= 2


def test_a_new_split_moves_no_earlier_one_and_a_seed_moves_all(labels):
    assert torch.equal(piece(labels, 0, 100, 0), piece(labels, 0, 100, 0))
    assert set(piece(labels, 0, 100, 0).tolist()) < set(piece(labels, 0, 200, 0).tolist())
    assert not torch.equal(piece(labels, 0, 100, 0), piece(labels, 0, 100, 1))


def test_the_attacked_images_are_balanced_and_more_images_keep_the_fewer(labels):
    few, more = chosen(labels, 100, 0), chosen(labels, 500, 0)
    assert set(few.tolist()) < set(more.tolist())
    assert (labels[more].bincount() - 500 * labels.bincount() / len(labels)).abs().max() <= 2


def test_others_are_outside_and_balanced(labels):
    own = piece(labels, 0, 30000, 0)
    outside = others(labels, own, 1000, 0)
    assert len(outside) == 1000 and not set(outside.tolist()) & set(own.tolist())
    assert (labels[outside].bincount() - 1000 * labels.bincount() / len(labels)).abs().max() <= 2
    assert len(others(labels, own, 10**6, 0)) == 30000


def test_the_order_stays_what_it_is(labels):
    assert balanced_order(labels, 0)[:5].tolist() == GOLDEN


def test_too_many_images_are_refused(labels):
    with pytest.raises(ValueError, match=r"60,000"):
        piece(labels, 50000, 60001, 0)
    with pytest.raises(ValueError, match=r"60,000"):
        chosen(labels, 60001, 0)


GOLDEN = [47490, 55276, 49586, 45584, 9118]
