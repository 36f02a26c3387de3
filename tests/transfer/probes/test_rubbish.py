"""Noise shown to networks that know what they will say of it."""

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import Plane
from tests.transfer.probes.asking import IDS, ask
from transfer.architectures.rbf import rbf
from transfer.draws import Draws
from transfer.probes._noise import noise

IMAGES = torch.zeros(3, 1, 16, 16).double()  # of which the probe takes the shape alone


class Always(nn.Module):
    """One answer to everything, with the probability of its class given."""

    def __init__(self, probability):
        super().__init__()
        rest = (1 - probability) / 3
        self.logits = nn.Parameter(torch.tensor([rest, rest, probability, rest]).double().log(), requires_grad=False)

    def forward(self, pictures):
        return self.logits.expand(len(pictures), -1)


@pytest.mark.parametrize(("probability", "errors"), [(0.51, 50), (0.49, 0)])
def test_what_always_says_the_same_is_counted_where_it_is_sure(probability, errors):
    answer = ask("rubbish", IMAGES, model=Always(probability), classes=4, samples=50, batch=20)
    assert answer.one("samples") == 50 and answer.one("confident") == errors
    assert answer.of("confident_as").tolist() == [0, 0, errors, 0] and answer.of("called").tolist() == [0, 0, 50, 0]
    assert answer.one("confidence") == pytest.approx(probability * errors)
    assert answer.one("confidence_of_all") == pytest.approx(probability * 50)


@pytest.mark.parametrize("kind", ["gaussian", "uniform"])
def test_of_a_plane_every_noise_is_as_sure_as_its_distance(kind):
    plane = Plane()
    drawn = noise(kind, (1, 16, 16), 200, plane, Draws("probe 0", [IDS]))
    value = plane.value(drawn)
    answer = ask("rubbish", IMAGES, model=plane, kind=kind, samples=200, threshold=0.9)
    is_sure = value.abs().sigmoid() > 0.9
    assert 0 < is_sure.sum() < 200 and answer.one("confident") == is_sure.sum()
    assert answer.of("called").tolist() == [(value < 0).sum(), (value > 0).sum()]
    assert answer.of("confident_as").tolist() == [(is_sure & (value < 0)).sum(), (is_sure & (value > 0)).sum()]
    assert answer.one("confidence") == pytest.approx(value.abs().sigmoid()[is_sure].sum().item())


def test_noise_has_the_distribution_that_it_is_called_by_and_is_the_same_for_every_network():
    drawn = {kind: noise(kind, (1, 16, 16), 400, Plane(), Draws("a", [1, 2])) for kind in ("gaussian", "uniform")}
    assert drawn["gaussian"].mean() == pytest.approx(0, abs=0.02)
    assert drawn["gaussian"].std() == pytest.approx(1, abs=0.02)
    assert drawn["uniform"].min() >= 0 and drawn["uniform"].max() <= 1
    assert drawn["uniform"].mean() == pytest.approx(0.5, abs=0.01)
    again = noise("gaussian", (1, 16, 16), 400, Always(0.5).float(), Draws("a", [1]))
    assert again.dtype == torch.float32 and torch.equal(again, drawn["gaussian"].float())


def test_a_network_that_says_its_own_confidence_refuses():
    network = rbf((1, 16, 16), 4).double().eval().requires_grad_(False)
    network.centre.data *= Draws("centres", range(4)).uniform(1).to(network.centre)  # no longer all in one place
    answer = ask("rubbish", IMAGES, model=network, classes=4, samples=50)
    # Its softmax would be sure of something; its activation is far from every centre.
    drawn = noise("gaussian", (1, 16, 16), 50, network, Draws("probe 0", [IDS]))
    assert (network(drawn).softmax(dim=1).amax(dim=1) > 0.5).any()
    assert answer.one("confident") == 0 and answer.one("confidence_of_all") < 1
