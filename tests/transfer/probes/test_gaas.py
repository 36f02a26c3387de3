"""Directions that fool a half space: as many as the lemma says, orthogonal, and equally near to the gradient."""

import torch

from tests.transfer.attacks.planes import Plane, images
from tests.transfer.probes.asking import Opposite, ask
from transfer.draws import Draws
from transfer.probes.gaas import _turned


def labelled(count=5):
    plane, pictures = Plane(), images(count)
    return plane, pictures, plane(pictures).argmax(dim=1)


def test_the_directions_are_orthonormal_and_share_the_gradient_alike():
    normal = Draws("basis", [0]).normal(20, 9)[0]
    basis = torch.linalg.qr(normal)[0].T
    uphill = torch.nn.functional.normalize(Draws("up", range(3)).normal(20)).reshape(3, 1, 4, 5)
    dimensions = torch.tensor([9, 4, 1])
    for image, count in enumerate(dimensions.tolist()):
        chosen = dimensions[image : image + 1], uphill[image : image + 1]
        found = torch.cat([_turned(basis, index, *chosen) for index in range(count)]).flatten(1)
        assert torch.allclose(found @ found.T, torch.eye(count).double())
        assert torch.allclose(found @ uphill[image].flatten(), torch.full((count,), count**-0.5).double())


def test_a_half_space_has_as_many_dimensions_as_the_budget_is_squared_distances():
    plane, pictures, labels = labelled()
    distance = plane.distance(pictures, "l2")
    epsilon = 5.5 * distance.median().item()
    answer = ask("gaas", pictures, model=plane, other=plane, labels=labels, epsilon=epsilon, most=60, batch=2)
    expected = ((epsilon / distance) ** 2).floor().clamp_max(60) * (distance <= epsilon)
    assert torch.allclose(answer.of("smallest"), distance[distance <= epsilon], atol=1e-6)
    assert torch.equal(answer.of("dimensions"), expected) and expected.max() >= 20
    assert torch.equal(answer.of("model"), expected) and torch.equal(answer.of("both"), expected)


def test_another_plane_shares_only_what_crosses_it_too():
    plane, pictures, labels = labelled()
    shifted = Plane()
    away = torch.where(labels == 1, -1.0, 1.0)
    # Twice as far from every image of the first class, and behind those of the second.
    distance = plane.distance(pictures, "l2")
    shifted.offset = plane.offset - plane.weight.norm() * distance.max()
    epsilon = 4.5 * distance.max().item()
    answer = ask("gaas", pictures, model=plane, other=shifted, labels=labels, epsilon=epsilon, most=40)
    is_asked = shifted(pictures).argmax(dim=1) == labels
    assert answer.one("both_right") == is_asked.sum() and answer.images("both") == is_asked.nonzero()[:, 0].tolist()
    crossed = (epsilon / answer.of("dimensions").sqrt()) > shifted.distance(pictures, "l2")[is_asked]
    assert torch.equal(answer.of("both") > 0, crossed & (away[is_asked] < 0))
    assert (answer.of("both") <= answer.of("model")).all()


def test_what_the_other_has_wrong_is_not_asked_and_the_box_takes_some_away():
    plane, pictures, labels = labelled()
    contrary = ask("gaas", pictures, model=plane, other=Opposite(plane), labels=labels)
    assert contrary.one("both_right") == 0 and not contrary.images("dimensions")
    dark = 0.001 * pictures
    labels = plane(dark).argmax(dim=1)
    epsilon = 4.1 * plane.distance(dark, "l2").max().item()
    answer = ask("gaas", dark, model=plane, other=plane, labels=labels, epsilon=epsilon)
    # Half of each direction would make pixels darker than black, and what is left gains too little.
    assert (answer.of("model") == answer.of("dimensions")).all() and answer.of("dimensions").min() >= 16
    assert (answer.of("model in box") < answer.of("model")).all()
