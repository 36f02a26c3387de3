"""Whether perturbations agree: of a network with itself, with its contrary, and of two planes."""

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import Plane, images, network
from tests.transfer.probes.asking import Opposite, ask


@pytest.mark.parametrize("kind", ["mlp", "lenet"])
def test_a_network_is_fooled_by_its_own_perturbation(kind):
    model, pictures, labels = network(kind), images(5), torch.arange(5)
    found = ask("perturbation_alignment", pictures, model=model, other=model, labels=labels, steps=5, batch=3)
    assert torch.allclose(found.of("cosine"), torch.ones(5).double())
    assert torch.allclose(found.of("correlation"), torch.ones(5).double())


def test_of_two_planes_it_is_the_cosine_of_their_weights_while_the_box_is_far():
    one, other = Plane(0), Plane(1)
    grey = torch.full_like(images(3), 0.5)
    ways = [plane.weight.flatten() for plane in (one, other)]
    expected = torch.nn.functional.cosine_similarity(*ways, dim=0)
    found = ask("perturbation_alignment", grey, model=one, other=other, epsilon=0.1, steps=20)
    assert torch.allclose(found.of("cosine"), expected.expand(3))
    assert torch.allclose(found.of("correlation"), torch.corrcoef(torch.stack(ways))[0, 1].expand(3))
    contrary = ask("perturbation_alignment", grey, model=one, other=Opposite(one), epsilon=0.1, steps=20)
    assert torch.allclose(contrary.of("cosine"), -torch.ones(3).double())


def test_where_nothing_can_be_followed_there_is_no_angle():
    class Flat(nn.Module):
        def forward(self, pictures):
            return pictures.flatten(1)[:, :2] * 0

    assert not ask("perturbation_alignment", images(2), model=Flat(), other=Plane(0), steps=2).names()
