"""What is said of other libraries rests on settings that exist and on a count that is right."""

import inspect

import pytest
import torch
from torch import nn

from benchmarks import agreement
from benchmarks.agreement import PAIRS, Data, Pair, measure
from benchmarks.small_networks import NETWORKS
from transfer import catalog
from transfer.draws import Draws


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.ours)
def test_a_pair_names_an_attack_and_settings_that_it_has(pair):
    parameters = inspect.signature(catalog.load("attacks", pair.ours)).parameters
    assert set(pair.settings) <= set(parameters)
    assert 0.1 in pair.named(0.1).values() or "epsilon" not in parameters


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_network_sees_digits_and_photographs(kind):
    for shape in ((3, 28, 28), (3, 32, 32)):
        assert NETWORKS[kind](shape, 10).eval()(torch.rand(2, *shape)).shape == (2, 10)


class Bright(nn.Module):
    """Class 1 where the mean pixel is above a threshold."""

    def __init__(self, threshold):
        super().__init__()
        self.threshold = threshold

    def forward(self, images):
        above = images.mean(dim=(1, 2, 3)) - self.threshold
        return torch.stack([-above, above], dim=1)


def test_rates_are_of_the_images_that_both_classify_right_and_differ_by_what_is_made_of_them(monkeypatch):
    images = torch.full((4, 1, 2, 2), 0.5) + 0.01 * Draws("images", range(4)).uniform(1, 2, 2).float()
    images[3] = 0.9  # classified wrong by all: counts nowhere
    networks = {"plain": Bright(0.6), "residual": Bright(0.6), "wide": Bright(0.8)}
    data = Data("squares", 0.1, (images, images), images, torch.zeros(4).long())
    made = images.clone()
    made[:2] = 0.7  # fools two of the three networks with two of three images
    monkeypatch.setattr(agreement, "ours", lambda pair, networks, data: made)
    monkeypatch.setattr(agreement, "theirs", lambda pair, networks, data: images)
    row = measure(Pair("fgsm", {}, "torchattack", "FGSM", lambda epsilon: {}), networks, data)
    # Ways: plain > residual and residual > plain at 2/3, the two others to wide at 0, wide to both at 2/3.
    assert row.transfer == pytest.approx((100 * 2 / 3 * 4 / 6, 0))
    assert row.difference == pytest.approx(row.transfer[0]) and row.verdict == "differs"
    assert row.white == pytest.approx((100 * 2 / 3 * 2 / 3, 0))
    assert row.equal == pytest.approx(50) and row.chance > 0
