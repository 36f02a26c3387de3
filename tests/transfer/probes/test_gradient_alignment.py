"""Whether gradients agree: of a network with itself, with its contrary, with one that looks elsewhere."""

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import Plane, images, network
from tests.transfer.probes.asking import Opposite, ask


@pytest.mark.parametrize("kind", ["mlp", "lenet"])
def test_a_network_is_aligned_with_itself_and_against_its_contrary(kind):
    model, pictures, labels = network(kind), images(6), torch.arange(6)
    same = ask("gradient_alignment", pictures, model=model, other=model, labels=labels, batch=4)
    assert torch.allclose(same.of("cosine"), torch.ones(6).double())
    assert torch.equal(same.of("sign_agreement"), torch.ones(6).double())
    # Of the logit the contrary's gradient is exactly the other way; the cross entropy would weigh classes otherwise.
    contrary = ask("gradient_alignment", pictures, model=model, other=Opposite(model), labels=labels, loss="logit")
    assert torch.allclose(contrary.of("cosine"), -torch.ones(6).double())
    assert torch.equal(contrary.of("sign_agreement"), torch.zeros(6).double())


def test_the_cosine_of_two_planes_is_that_of_their_weights():
    one, other, pictures = Plane(0), Plane(1), images(4)
    cosine = (one.weight * other.weight).sum() / one.weight.norm() / other.weight.norm()
    found = ask("gradient_alignment", pictures, model=one, other=other, labels=torch.zeros(4).long())
    assert torch.allclose(found.of("cosine"), cosine.expand(4))
    other.weight.data[:, :8], one.weight.data[:, 8:] = 0, 0
    apart = ask("gradient_alignment", pictures, model=one, other=other, labels=torch.zeros(4).long())
    assert apart.of("cosine").abs().max() == 0 and apart.of("sign_agreement").abs().max() == 0


def test_an_image_without_a_gradient_has_no_angle():
    class Flat(nn.Module):
        def forward(self, pictures):
            # The second image, which is brighter, is where nothing moves.
            return torch.stack([pictures.mean(dim=(1, 2, 3)).clamp_max(0.6), pictures.new_zeros(len(pictures))], dim=1)

    pictures = torch.stack([torch.full((1, 16, 16), value).double() for value in (0.4, 0.8)])
    answer = ask("gradient_alignment", pictures, model=Flat(), other=Flat())
    assert answer.images("cosine") == [0] and answer.images("sign_agreement") == [0]


def test_a_network_without_a_gradient_is_told_so():
    class Step(nn.Module):
        def forward(self, pictures):
            return (pictures.flatten(1)[:, :2] > 0.5).double()

    with pytest.raises(ValueError, match="no gradient"):
        ask("gradient_alignment", images(2), model=Step(), other=Step())
