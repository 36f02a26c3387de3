"""Slopes of a plane, which are its weights everywhere, and of networks that bend."""

import torch
from torch import nn

from tests.transfer.attacks.planes import Plane, images, network
from tests.transfer.probes.asking import ask


def test_the_slopes_of_a_plane_are_its_weights():
    plane, pictures = Plane(), images(5)
    labels = plane(pictures).argmax(dim=1)
    answer = ask("local_slopes", pictures, model=plane, labels=labels, batch=2)
    length = plane.weight.norm()
    assert torch.allclose(answer.of("margin") / answer.of("slope"), plane.distance(pictures, "l2"))
    assert torch.allclose(answer.of("slope"), length.expand(5)) and torch.allclose(answer.of("steepest"), length)
    # The two logits are half the value each, with opposite signs.
    assert torch.allclose(answer.of("jacobian"), length / 2**0.5)


def test_a_steeper_place_in_the_ball_is_found_and_one_outside_is_not():
    class Bend(nn.Module):
        """Flat but for the first pixel beyond 0.6, where the slope is 3."""

        def forward(self, pictures):
            first = pictures.flatten(1)[:, 0]
            rises = 0.1 * first + 3 * (first - 0.6).relu()
            return torch.stack([rises, torch.zeros_like(rises)], dim=1)

    pictures = torch.full((2, 1, 1, 2), 0.5).double()
    answers = {
        radius: ask("local_slopes", pictures, model=Bend(), radius=radius, samples=100).of("steepest")
        for radius in (0.09, 0.3)
    }
    assert torch.allclose(answers[0.09], torch.tensor(0.1).double())
    assert torch.allclose(answers[0.3], torch.tensor(3.1).double())


def test_the_slopes_of_a_network_stay_below_its_jacobian():
    model, pictures = network("lenet"), images(4)
    answer = ask("local_slopes", pictures, model=model, labels=torch.arange(4), samples=3)
    # A margin is the difference of two logits.
    assert (answer.of("slope") <= 2**0.5 * answer.of("jacobian") + 1e-9).all()
    assert (answer.of("steepest") >= answer.of("slope")).all()
    explicit = torch.autograd.functional.jacobian(lambda one: model(one)[0], pictures[:1]).flatten(1)
    assert torch.allclose(answer.of("jacobian")[0], torch.linalg.matrix_norm(explicit, 2))
