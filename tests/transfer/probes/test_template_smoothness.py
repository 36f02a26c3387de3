"""A flat template is not rough at all, a checkerboard is as rough as can be."""

import math

import pytest
import torch
from torch import nn

from tests.transfer.probes.asking import ask
from transfer.architectures.knn import knn

SHAPE = (2, 6, 5)
CHECKERBOARD = (-1.0) ** (torch.arange(6)[:, None] + torch.arange(5))


def linear(*templates):
    layer = nn.Linear(math.prod(SHAPE), len(templates))
    with torch.no_grad():
        for row, template in zip(layer.weight, templates, strict=True):
            row.copy_(template.expand(SHAPE).flatten())
    return nn.Sequential(nn.Flatten(), layer)


def test_a_constant_template_has_roughness_0_and_a_checkerboard_1_whatever_their_size():
    stripes = (-1.0) ** torch.arange(6)[:, None]
    uneven = CHECKERBOARD * torch.rand(SHAPE, generator=torch.Generator().manual_seed(0)).clamp_min(0.1)
    found = ask(
        "template_smoothness",
        torch.zeros(1, *SHAPE),
        model=linear(torch.tensor(3.0), torch.tensor(0.0), CHECKERBOARD, 7 * CHECKERBOARD, uneven, stripes),
    )
    assert found.of("roughness")[:5].tolist() == pytest.approx([0, 0, 1, 1, 1])
    # Of 49 pairs of neighbours in a channel 25 lie above each other and differ by all they can, 24 not at all.
    assert found.of("roughness")[5].item() == pytest.approx(25 / 49)
    assert found.of("size").tolist()[:4] == pytest.approx([3 * 60**0.5, 0, 60**0.5, 7 * 60**0.5])
    assert [row[4] for row in found.rows("roughness")] == [0, 1, 2, 3, 4, 5]


def test_independent_weights_are_as_rough_as_their_differences_are_larger_and_smoothing_makes_them_less_so():
    drawn = torch.randn(1, 1, 100, 100, generator=torch.Generator().manual_seed(0))
    smooth = nn.functional.avg_pool2d(drawn, 5, stride=1)
    values = []
    for weights in (drawn, smooth):
        layer = nn.Conv2d(1, 1, weights.shape[-1])
        layer.weight = nn.Parameter(weights)
        values.append(ask("template_smoothness", torch.zeros(1, 1, 100, 100), model=layer).one("roughness"))
    assert values[0] == pytest.approx(0.5**0.5, abs=0.01) and values[1] < 0.5


def test_a_network_without_weights_on_pixels_is_refused():
    with pytest.raises(ValueError, match="no layer of weights on pixels"):
        ask("template_smoothness", torch.zeros(1, *SHAPE), model=knn(SHAPE, 2))
