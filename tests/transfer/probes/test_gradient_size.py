"""The gradient of a plane is its weights."""

import torch

from tests.transfer.attacks.planes import Plane, images
from tests.transfer.probes.asking import ask


def test_the_gradient_of_a_plane_is_as_large_as_its_weights_in_every_norm():
    plane, pictures = Plane(), images(5)
    labels = plane(pictures).argmax(dim=1)
    weight = plane.weight.flatten()
    answer = ask("gradient_size", pictures, model=plane, labels=labels, loss="margin", batch=2)
    for name, size in (("l1", weight.abs().sum()), ("l2", weight.norm()), ("linf", weight.abs().amax())):
        assert torch.allclose(answer.of(name), size.expand(5)) and answer.images(name) == [0, 1, 2, 3, 4]


def test_the_gradient_of_the_cross_entropy_is_smaller_by_the_probability_of_the_other_class():
    plane, pictures = Plane(), images(5)
    labels = plane(pictures).argmax(dim=1)
    wrong = plane(pictures).softmax(dim=1).gather(1, 1 - labels[:, None])[:, 0]
    found = ask("gradient_size", pictures, model=plane, labels=labels).of("l2")
    assert torch.allclose(found, wrong * plane.weight.norm())
