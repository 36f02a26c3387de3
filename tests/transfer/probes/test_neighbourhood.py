"""Noise around images of a half space, where the share on each side is a normal probability."""

import pytest
import torch

from tests.transfer.attacks.planes import Plane, images
from tests.transfer.probes.asking import ask

SAMPLES, MULTIPLIERS = 2000, (0.25, 1.0, 4.0)


def half_space(count=2):
    """A plane, dull images near it, and what is behind it: by a perturbation of two values, half of them each."""
    plane, pictures = Plane(), 0.4 + 0.2 * images(count)
    labels = plane(pictures).argmax(dim=1)
    signs = torch.where(labels == 1, -1, 1)[:, None, None, None] * plane.weight.sign()
    size = 1.5 * plane.distance(pictures, "linf").reshape(-1, 1, 1, 1)
    return plane, pictures, labels, pictures + size * signs


def ask_half_space(**settings):
    plane, pictures, labels, crafted = half_space()
    given = {"samples": SAMPLES, "multipliers": MULTIPLIERS, "batch": 700, **settings}
    return ask("neighbourhood", pictures, model=plane, labels=labels, crafted=crafted, **given)


def expected(place, multiplier):
    """The share of noisy images on the label's side: the value of a plane under normal noise is normal."""
    plane, pictures, labels, crafted = half_space()
    away = (crafted - pictures).flatten(1)
    mean, deviation = away.mean(dim=1), multiplier * away.std(dim=1, correction=0)
    value = plane.value(crafted if place == "crafted" else pictures) + mean * plane.weight.sum()
    side = torch.where(labels == 1, 1, -1)
    return torch.special.ndtr(side * value / (deviation * plane.weight.norm()))


@pytest.fixture(scope="module")
def answer():
    return ask_half_space()


@pytest.mark.parametrize("place", ["crafted", "clean"])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_the_share_that_keeps_its_label_is_the_normal_probability_at_the_true_multiplier(answer, place, multiplier):
    share = expected(place, multiplier)
    counts = answer.of(f"{place} gaussian {multiplier:g} original")
    error = (share * (1 - share) / SAMPLES).sqrt()
    assert ((counts / SAMPLES - share).abs() <= 4.5 * error + 1e-9).all()
    # A plane has two classes, and the adversarial one is the other.
    assert torch.equal(answer.of(f"{place} gaussian {multiplier:g} adversarial"), SAMPLES - counts)


def test_the_multipliers_matter_to_what_is_tested():
    shares = [expected("crafted", multiplier).mean().item() for multiplier in MULTIPLIERS]
    assert shares[0] < 0.01 < 0.05 < shares[2] - shares[0]


def test_pixels_of_the_perturbation_drawn_again_have_its_mean_and_deviation(answer):
    # A sum of 256 such pixels is near to normal.
    for place in ("crafted", "clean"):
        share = expected(place, 1.0)
        assert ((answer.of(f"{place} histogram original") / SAMPLES - share).abs() < 0.03).all()


def test_moments_are_those_of_the_perturbation(answer):
    _, pictures, _, crafted = half_space()
    away = (crafted - pictures).flatten(1)
    assert answer.one("samples") == SAMPLES
    assert torch.allclose(answer.of("mean"), away.mean(dim=1))
    assert torch.allclose(answer.of("deviation"), away.std(dim=1, correction=0))
    # Of two values, p of them high: skewness (1 - 2p) / sqrt(p (1 - p)), kurtosis 1 more than its square.
    high = (away > 0).double().mean(dim=1)
    skewness = (1 - 2 * high) / (high * (1 - high)).sqrt()
    assert torch.allclose(answer.of("skewness"), skewness) and torch.allclose(answer.of("kurtosis"), 1 + skewness**2)


def test_noise_is_clipped_to_the_box_and_an_image_that_did_not_move_has_noise_of_no_size():
    class Beyond(torch.nn.Module):
        """Class 1 for what has left the box."""

        def forward(self, pictures):
            outside = ((pictures < 0) | (pictures > 1)).flatten(1).any(dim=1).double()
            return torch.stack([0.5 - outside, outside - 0.5], dim=1)

    pictures = images(2)
    crafted = pictures.clone()
    crafted[0] = 1 - crafted[0]
    answer = ask("neighbourhood", pictures, model=Beyond(), crafted=crafted, samples=5, multipliers=(32.0,))
    assert answer.of("clean gaussian 32 original").tolist() == [5, 5] == answer.of("clean histogram original").tolist()
    assert answer.of("deviation")[1] == 0 and answer.images("skewness") == [0]
