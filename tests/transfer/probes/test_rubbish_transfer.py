"""Fooling images of a plane, for itself, its contrary, and for a plane that looks elsewhere."""

import pytest
import torch

from tests.transfer.attacks.planes import Plane
from tests.transfer.probes.asking import IDS, Opposite, ask
from transfer.draws import Draws
from transfer.probes._noise import noise

IMAGES = torch.zeros(3, 1, 16, 16).double()
SAMPLES, EPSILON = 60, 0.04


def asked(other, **settings):
    settings = {"samples": SAMPLES, "epsilon": EPSILON, "batch": 7, **settings}
    return ask("rubbish_transfer", IMAGES, model=Plane(), other=other, **settings)


def values(kind="gaussian"):
    plane = Plane()
    return plane.value(noise(kind, (1, 16, 16), SAMPLES, plane, Draws("probe 0", [IDS])))


@pytest.mark.parametrize("steps", [1, 4])
def test_noise_is_moved_by_epsilon_along_the_signs_toward_each_class(steps):
    gain, value = EPSILON * Plane().weight.abs().sum(), values()
    answer = asked(Plane(), steps=steps)
    fooled = [(value - gain < 0).sum(), (value + gain > 0).sum()]
    assert answer.one("samples") == SAMPLES and answer.of("fooled").tolist() == fooled
    assert answer.of("before").tolist() == [(value < 0).sum(), (value > 0).sum()]
    assert torch.equal((answer.of("fooled") - answer.of("before")).sign(), torch.ones(2).double())
    assert max(fooled) < SAMPLES


def test_what_fools_a_network_fools_itself_and_never_its_contrary():
    same, contrary = asked(Plane()), asked(Opposite(Plane()))
    assert same.of("fooled").sum() > 0
    for name in ("shared", "agreed", "other"):
        assert torch.equal(same.of(name), same.of("fooled"))
    assert contrary.of("shared").sum() == 0 == contrary.of("agreed").sum()
    assert torch.equal(contrary.of("other_before"), SAMPLES - same.of("before"))


def test_sure_and_only_called_so_are_told_apart():
    plane = Plane()
    doubting = Plane()
    doubting.weight.data, doubting.offset = plane.weight / 1e6, plane.offset / 1e6
    answer = asked(doubting, threshold=0.6)
    assert answer.of("other").sum() == 0 == answer.of("shared").sum()
    assert torch.equal(answer.of("agreed"), answer.of("fooled")) and answer.of("fooled").sum() > 0


def test_even_noise_stays_in_the_box():
    # So much in all would reach every class; in the box a pixel ends at 0 or 1.
    weight = Plane().weight
    corner = weight.clamp_min(0).sum() - Plane().offset
    answer = asked(Plane(), kind="uniform", epsilon=100.0, threshold=float(corner.sigmoid()) - 1e-9)
    assert answer.of("fooled").tolist()[1] == SAMPLES
    assert asked(Plane(), kind="uniform", epsilon=100.0, threshold=1 - 1e-300).of("fooled").tolist()[1] in (0, SAMPLES)
