"""Distances to planes, which are known along every direction."""

import copy

import torch
from torch import nn

from tests.transfer.attacks.planes import SHAPE, Plane, images
from tests.transfer.probes.asking import IDS, Opposite, ask
from transfer.draws import Draws


def labelled(count=6):
    plane, pictures = Plane(), images(count)
    return plane, pictures, plane(pictures).argmax(dim=1)


def test_along_the_gradient_the_boundary_is_as_far_as_the_plane():
    plane, pictures, labels = labelled()
    answer = ask("boundary_distance", pictures, model=plane, other=plane, labels=labels, batch=4)
    assert answer.one("both_right") == len(pictures) and answer.images("adversarial model") == list(range(6))
    assert torch.allclose(answer.of("adversarial model"), plane.distance(pictures, "l2"), atol=1e-6)
    assert answer.of("adversarial between").abs().max() == 0


def test_two_parallel_planes_are_as_far_apart_as_they_are_shifted():
    plane, pictures, labels = labelled(8)
    shifted = copy.deepcopy(plane)
    shifted.offset = plane.offset - 0.01 * plane.weight.norm()
    answer = ask("boundary_distance", pictures, model=plane, other=shifted, labels=labels)
    is_right = shifted(pictures).argmax(dim=1) == labels
    assert answer.one("both_right") == is_right.sum()
    assert torch.allclose(answer.of("adversarial between"), torch.tensor(0.01).double(), atol=1e-6)
    side = torch.where(labels == 1, 1, -1)[is_right]
    assert torch.allclose(
        answer.of("adversarial other") - answer.of("adversarial model"), 0.01 * side.double(), atol=1e-6
    )


def test_along_any_other_direction_it_is_further_by_the_angle_or_never_reached():
    plane, pictures, labels = labelled()
    value = plane.value(pictures)

    def expected(direction):
        along = (direction * plane.weight).sum(dim=(1, 2, 3)) / direction.flatten(1).norm(dim=1)
        return -value / along

    answer = ask("boundary_distance", pictures, model=plane, other=plane, labels=labels, reach=50.0)
    random = expected(Draws("probe 0", IDS + torch.arange(6)).normal(*SHAPE))
    is_met = (random > 0) & (random < 50)
    assert 0 < is_met.sum() < 6 and answer.images("random model") == is_met.nonzero()[:, 0].tolist()
    assert torch.allclose(answer.of("random model"), random[is_met], atol=1e-5)
    apart = torch.cdist(pictures.flatten(1), pictures.flatten(1)).masked_fill(labels[:, None] == labels, torch.inf)
    legitimate = expected(pictures[apart.argmin(dim=1)] - pictures)
    assert torch.allclose(answer.of("legitimate model"), legitimate, atol=1e-5)


def test_what_one_of_them_has_wrong_is_not_asked_and_without_another_class_nothing_is_legitimate():
    plane, pictures, labels = labelled()
    contrary = ask("boundary_distance", pictures, model=plane, other=Opposite(plane), labels=labels)
    assert contrary.names() == {"both_right"} | {name for name in contrary.names() if not len(contrary.of(name))}
    assert contrary.one("both_right") == 0
    own = pictures[labels == 1]
    alone = ask("boundary_distance", own, model=plane, other=plane, labels=torch.ones(len(own)).long())
    assert not alone.images("legitimate model") and len(alone.images("adversarial model")) == len(own)


def test_of_several_intervals_of_wrongness_the_first_is_found():
    class Stripes(nn.Module):
        """Wrong where the first pixel is between 0.3 and 0.5, and beyond 0.8."""

        def forward(self, pictures):
            first = pictures.flatten(1)[:, 0]
            away = torch.minimum((first - 0.4).abs() - 0.1, 0.8 - first)
            return torch.stack([away, torch.zeros_like(away)], dim=1)

    pictures = torch.zeros(2, 1, 1, 2).double()
    pictures[1, 0, 0, 0] = 1.0
    stripes, labels = Stripes(), torch.tensor([0, 1])
    answer = ask("boundary_distance", pictures, model=stripes, other=stripes, labels=labels, reach=2.0)
    # Each goes to the other, which is of the other class, and meets the edge that is nearest to it.
    assert torch.allclose(answer.of("legitimate model"), torch.tensor([0.3, 0.2]).double(), atol=1e-6)
