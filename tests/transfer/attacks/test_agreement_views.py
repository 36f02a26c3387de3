"""Attacks on what the model sees, image by image as public implementations make them, in double precision."""

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import CLASSES, network
from transfer.architectures.lenet import lenet
from transfer.attacks.composed import composed
from transfer.attacks.di_fgsm import di_fgsm
from transfer.attacks.si_fgsm import si_fgsm
from transfer.attacks.ti_fgsm import ti_fgsm
from transfer.craft import Given, craft
from transfer.draws import Draws
from transfer.shapes import Pool
from transfer.train import build, frozen

EPSILON, STEPS = 8 / 255, 10
SIDE = 16


@pytest.fixture(scope="module")
def torchattacks():
    return pytest.importorskip("torchattacks")


@pytest.fixture(scope="module")
def torchattack():
    return pytest.importorskip("torchattack")


@pytest.fixture(scope="module")
def coloured():
    """A random network for images of three channels, the only ones that the kernels of the libraries fit."""
    module = build(lenet, {"channels": (4, 8), "hidden": (16,)}, (3, SIDE, SIDE), CLASSES, 0)
    for parameter in module.parameters():
        parameter.data.mul_(3)
    return frozen(module.double())


def pictures_of(channels, count=16):
    """Images of which some pixels are black or white, so that the box is felt."""
    return (Draws("agreement", range(count)).uniform(channels, SIDE, SIDE) * 1.2 - 0.1).clamp(0, 1)


def ours(attack, model, pictures, labels, **settings):
    given = Given([model], pictures, labels, torch.arange(len(pictures)), pool=Pool(pictures, labels))
    return craft(attack, given, {"epsilon": EPSILON, "steps": STEPS, **settings}, seed=0, batch=64).images


def theirs(attack, pictures, labels):
    """What an attack of torchattacks makes of the images."""
    return attack(pictures, labels).detach()


def test_scale_invariance_with_a_look_ahead_is_si_ni_fgsm(torchattacks):
    model, pictures = network("lenet"), pictures_of(1)
    labels = model(pictures).argmax(dim=1)
    attack = torchattacks.SINIFGSM(model, eps=EPSILON, alpha=EPSILON / STEPS, steps=STEPS, decay=1.0, m=5)
    found = ours(composed, model, pictures, labels, of=("si", "ni"))
    assert (found - theirs(attack, pictures, labels)).abs().max() < 1e-5
    # And it says something: without the look ahead most images differ.
    apart = (ours(si_fgsm, model, pictures, labels) - found).abs().flatten(1).amax(dim=1)
    assert (apart > 1e-3).double().mean() > 0.5


def translation_invariant(library, model, kernel):
    """TI-MI-FGSM without diverse inputs, its kernel in double precision."""
    attack = library.TIFGSM(
        model, eps=EPSILON, alpha=EPSILON / STEPS, steps=STEPS, decay=1.0, len_kernel=kernel, diversity_prob=0.0
    )
    attack.stacked_kernel = torch.tensor(attack.gkern(kernel, 3)).expand(3, 1, kernel, kernel)
    return attack


@pytest.mark.parametrize("kernel", [7, 15])
def test_translation_invariance_is_ti_fgsm(torchattacks, coloured, kernel):
    pictures = pictures_of(3)
    labels = coloured(pictures).argmax(dim=1)
    attack = translation_invariant(torchattacks, coloured, kernel)
    found = ours(ti_fgsm, coloured, pictures, labels, kernel=kernel)
    assert (found - theirs(attack, pictures, labels)).abs().max() < 1e-5


class Repeated(Draws):
    """Uniform draws that were made elsewhere, the same for every image."""

    def __init__(self, count: int, rows: list[list[float]]) -> None:
        super().__init__(0, range(count))
        self._rows = iter(rows)

    def uniform(self, *shape: int) -> torch.Tensor:
        return torch.tensor(next(self._rows)).double().expand(len(self), -1).reshape(len(self), *shape)


def repeated(count, seed, resized):
    """The draws that a library makes for a whole batch, from torch's generator, as this house asks for them.

    `resized` takes, in the library's order, whether the images are, their side, and their first row and column.
    """
    torch.manual_seed(seed)
    rows = []
    for _ in range(STEPS):
        is_resized, side, top, left = resized()
        places = max(SIDE - side, 1)
        rows += [[0.0 if is_resized else 1.0], [(side - 14 + 0.5) / 2], [(top + 0.5) / places, (left + 0.5) / places]]
    return Repeated(count, rows)


def whole(low, high):
    return int(torch.randint(low, high, (1,)))


def diverse(model, pictures, labels, draws, **settings):
    pace = {"epsilon": EPSILON, "steps": STEPS, "decay": 1.0}
    return di_fgsm(model, pictures, labels, draws=draws, **pace, **settings)


def test_diverse_inputs_with_the_same_bilinear_draws_are_those_of_torchattacks(torchattacks, coloured):
    pictures = pictures_of(3)
    labels = coloured(pictures).argmax(dim=1)

    def drawn():
        side = whole(14, SIDE)
        top, left = whole(0, SIDE - side), whole(0, SIDE - side)
        return torch.rand(1) < 0.7, side, top, left

    draws = repeated(len(pictures), 3, drawn)
    attack = torchattacks.DIFGSM(
        coloured, eps=EPSILON, alpha=EPSILON / STEPS, steps=STEPS, decay=1.0, resize_rate=0.9, diversity_prob=0.7
    )
    torch.manual_seed(3)
    found = diverse(coloured, pictures, labels, draws, probability=0.7, interpolation="bilinear")
    assert (found - theirs(attack, pictures, labels)).abs().max() < 1e-5


def test_diverse_inputs_with_the_same_nearest_draws_are_those_of_torchattack(torchattack, coloured):
    pictures = pictures_of(3)
    labels = coloured(pictures).argmax(dim=1)

    def drawn():
        if torch.rand(1) > 0.7:
            return False, SIDE, 0, 0
        side = whole(14, SIDE)
        return True, side, whole(0, SIDE - side), whole(0, SIDE - side)

    draws = repeated(len(pictures), 4, drawn)
    attack = torchattack.DIFGSM(
        nn.Sequential(coloured),
        device=torch.device("cpu"),
        eps=EPSILON,
        steps=STEPS,
        resize_rate=0.9,
        diversity_prob=0.7,
    )
    torch.manual_seed(4)
    found = diverse(coloured, pictures, labels, draws, probability=0.7)
    assert (found - attack(pictures, labels).detach()).abs().max() < 1e-5
