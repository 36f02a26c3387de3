"""Lines through networks whose logits on them are known: planes, kinks and stripes."""

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import Plane, images, network
from tests.transfer.probes.asking import ask

LINES = ("sign", "random", "other")


def test_a_plane_is_one_straight_piece_along_every_line():
    plane, pictures = Plane(), images(5)
    labels = plane(pictures).argmax(dim=1)
    answer = ask("line_scan", pictures, model=plane, labels=labels, reach=0.5, steps=10, batch=2)
    for line in LINES:
        assert torch.equal(answer.of(f"{line} pieces"), torch.ones(5).double())
        assert (answer.of(f"{line} residual") <= 1e-12 * answer.of(f"{line} variance")).all()
    # Two logits of half the value each; along the sign of the gradient it changes by the l1 norm of the weights.
    places = answer.of("at")
    variance = 2 * (plane.weight.abs().sum() / 2) ** 2 * places.square().sum()
    assert places[0] == -0.5 and len(places) == 21 and torch.allclose(answer.of("sign variance"), variance.expand(5))


def test_beyond_the_plane_all_is_wrong_and_before_it_nothing():
    plane, pictures = Plane(), images(5)
    labels = plane(pictures).argmax(dim=1)
    answer = ask("line_scan", pictures, model=plane, labels=labels, reach=0.1, steps=40)
    places = torch.linspace(0, 0.1, 41, dtype=torch.float64)
    is_wrong = places > plane.distance(pictures, "linf")[:, None]
    assert torch.equal(answer.of("sign wrong"), is_wrong.sum(dim=1).double())
    assert torch.equal(answer.of("sign intervals"), is_wrong.any(dim=1).double())
    first = torch.where(is_wrong, places, torch.inf).amin(dim=1)
    assert torch.allclose(answer.of("sign first"), first[first < 1]) and (first < 1).sum() > 0


class Kinks(nn.Module):
    """Bends where the mean is 0.3 and where it is 0.62; the second class is 0."""

    def forward(self, pictures):
        mean = pictures.mean(dim=(1, 2, 3))
        rises = mean + 2 * (mean - 0.3).relu() + 3 * (mean - 0.62).relu()
        return torch.stack([rises, torch.zeros_like(rises)], dim=1)


def test_kinks_make_pieces_and_what_no_line_explains():
    pictures = torch.full((1, 1, 4, 4), 0.5).double()
    answer = ask("line_scan", pictures, model=Kinks(), reach=0.25, steps=10)
    # The loss of class 0 falls where it rises, so the line runs from mean 0.75 to 0.25.
    assert answer.one("sign pieces") == 3
    mean = 0.5 - answer.of("at")
    logits = mean + 2 * (mean - 0.3).relu() + 3 * (mean - 0.62).relu()
    design = torch.stack([mean, torch.ones_like(mean)], dim=1)
    left = logits - design @ torch.linalg.lstsq(design, logits).solution
    assert answer.one("sign residual") == pytest.approx(left.square().sum().item())
    assert answer.one("sign variance") == pytest.approx((logits - logits.mean()).square().sum().item())
    # Alone there is no other image, and a line that leads nowhere is one piece without variance.
    assert answer.one("other variance") < 1e-20 and answer.one("other pieces") == 1


def test_a_network_that_is_smooth_bends_at_every_step():
    class Smooth(nn.Module):
        def forward(self, pictures):
            return torch.tanh(pictures.flatten(1)[:, :2])

    answer = ask("line_scan", torch.zeros(1, 1, 1, 2).double(), model=Smooth(), steps=7)
    assert answer.one("sign pieces") == 15


class Stripes(nn.Module):
    """Wrong where the mean is between 0.2 and 0.3, and between 0.5 and 0.6; uphill is brighter."""

    def forward(self, pictures):
        mean = pictures.mean(dim=(1, 2, 3))
        away = torch.minimum((mean - 0.25).abs(), (mean - 0.55).abs()) - 0.05
        return torch.stack([away, torch.zeros_like(away)], dim=1)


def test_stripes_are_intervals_of_wrongness():
    pictures = torch.full((1, 1, 2, 2), 0.105).double()
    answer = ask("line_scan", pictures, model=Stripes(), reach=0.7, steps=70)
    assert answer.one("sign intervals") == 2 and answer.one("sign first") == pytest.approx(0.1)
    assert answer.one("sign wrong") == 20
    short = ask("line_scan", pictures, model=Stripes(), reach=0.3, steps=30)
    assert short.one("sign intervals") == 1 and short.one("sign wrong") == 10
    none = ask("line_scan", pictures, model=Stripes(), reach=0.05, steps=5)
    assert none.one("sign wrong") == 0 and not none.images("sign first")


def test_the_line_to_another_image_goes_through_it():
    model, pictures = network("lenet"), images(2)
    rms = (pictures[0] - pictures[1]).square().mean().sqrt().item()
    answer = ask("line_scan", pictures, model=model, labels=torch.tensor([0, 1]), reach=rms, steps=4, shown=2)
    logits = model(pictures)
    for image in (0, 1):
        for label in (0, 7):
            rows = [row for row in answer.rows(f"other logit {label}") if row[2] % 100 == image]
            assert [row[4] for row in rows] == list(range(9))
            assert rows[4][1] == pytest.approx(logits[image, label].item())
            assert rows[8][1] == pytest.approx(logits[1 - image, label].item())


def test_slopes_are_exact_in_float32_too():
    wide, narrow = network("lenet"), network("lenet", dtype=torch.float32)
    answers = [
        ask("line_scan", images(3, dtype), model=model, labels=torch.arange(3), steps=10).of("sign pieces")
        for model, dtype in ((wide, torch.float64), (narrow, torch.float32))
    ]
    assert torch.equal(*answers) and answers[0].min() > 1
