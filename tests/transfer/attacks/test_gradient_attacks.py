"""The attacks that climb a gradient in the linf ball: what each is without its trick, and its trick by hand."""

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import SHAPE, Plane, images, network
from tests.transfer.attacks.test_every_attack import run
from transfer.attacks._ascend import ascend, leveled, nesterov
from transfer.attacks._flat import opposed, penalised
from transfer.attacks._patchwise import patchwise
from transfer.attacks._variance import Tuned, neighbours
from transfer.attacks.bim import bim
from transfer.attacks.fgsm import fgsm
from transfer.attacks.mi_fgsm import mi_fgsm
from transfer.attacks.ni_fgsm import ni_fgsm
from transfer.attacks.pgn import pgn
from transfer.attacks.pi_fgsm import pi_fgsm
from transfer.attacks.rap import rap
from transfer.attacks.vmi_fgsm import vmi_fgsm
from transfer.attacks.vni_fgsm import vni_fgsm
from transfer.draws import Draws
from transfer.losses import cross_entropy, loss_gradient

BIM = {"steps": 10, "step_size": 0.00625}
RAP = {"steps": 10, "late_start": 0, "inner_steps": 3}
FEW = {"steps": 5, "samples": 3}
DRAWING = (vmi_fgsm, vni_fgsm, pgn, rap)
SETTINGS = {bim: {}, ni_fgsm: {}, pi_fgsm: {}, vmi_fgsm: FEW, vni_fgsm: FEW, pgn: FEW, rap: RAP}


def name_of(attack):
    return attack.__name__


def cube(pictures):
    """The gradient of the sum of pictures^4 / 4: one whose values at different places are told apart."""
    return pictures**3


class Recorded(nn.Module):
    """A model that remembers where it was asked."""

    def __init__(self, model):
        super().__init__()
        self.model, self.asked = model, []

    def forward(self, pictures):
        self.asked.append(pictures.detach().clone())
        return self.model(pictures)


class Asleep(nn.Module):
    """A model whose gradient is exactly zero the first times."""

    def __init__(self, model, times):
        super().__init__()
        self.model, self.times, self.asked = model, times, 0

    def forward(self, pictures):
        self.asked += 1
        return self.model(pictures) * (self.asked > self.times)


@pytest.mark.parametrize(
    ("attack", "off", "simpler", "settings"),
    [
        (bim, {"steps": 1}, fgsm, {}),
        (bim, {}, mi_fgsm, {"decay": 0.0}),
        (ni_fgsm, {"decay": 0.0}, bim, {}),
        (vmi_fgsm, {"samples": 0}, mi_fgsm, {}),
        (vmi_fgsm, {"relative_radius": 0.0}, mi_fgsm, {}),
        (vni_fgsm, {"samples": 0}, ni_fgsm, {}),
        (vni_fgsm, {"samples": 0, "decay": 0.0}, bim, {}),
        (pgn, {"balance": 0.0, "relative_radius": 0.0}, mi_fgsm, {}),
        (rap, RAP | {"inner_steps": 0, "random_start": False}, bim, BIM),
        (rap, RAP | {"relative_radius": 0.0}, bim, BIM),
        (rap, RAP | {"late_start": 10}, bim, BIM),
        (pi_fgsm, {"amplification": 1.0}, bim, {}),
        (pi_fgsm, {"amplification": 10.0, "projection": 0.0}, bim, {"step_size": 0.05}),
    ],
)
@pytest.mark.parametrize("kind", ["mlp", "lenet"])
def test_without_its_trick_an_attack_is_a_simpler_one(attack, off, simpler, settings, kind):
    model, pictures = network(kind), images(8)
    with_trick_off, plain = run(attack, model, pictures, **off), run(simpler, model, pictures, **settings)
    assert torch.allclose(with_trick_off.images, plain.images, atol=1e-12)
    if attack not in (bim, ni_fgsm, pi_fgsm):
        with_trick = run(attack, model, pictures, **(RAP if attack is rap else FEW if attack in DRAWING else {}))
        assert not torch.allclose(with_trick.images, plain.images, atol=1e-3)


@pytest.mark.parametrize("attack", SETTINGS, ids=name_of)
def test_every_step_is_told_of_and_the_last_iterate_is_returned_not_the_first_that_fools(attack):
    plane, pictures, told = Plane(), images(4), {}
    labels = plane(pictures).argmax(dim=1)
    settings = SETTINGS[attack] | ({"draws": Draws(0, range(4))} if attack in DRAWING else {})
    last = attack(plane, pictures, labels, epsilon=0.2, trace=lambda n, crafted: told.update({n: crafted}), **settings)
    steps = settings.get("steps", 10)
    assert list(told) == list(range(1, steps + 1)) and torch.equal(told[steps], last)
    assert (plane(told[steps - 2]).argmax(dim=1) != labels).all()
    assert torch.allclose((last - pictures).abs(), torch.full_like(last, 0.2))


@pytest.mark.parametrize(
    ("attack", "settings", "gradients"),
    [
        (bim, {"steps": 7}, 7),
        (ni_fgsm, {"steps": 7}, 7),
        (pi_fgsm, {"steps": 7}, 7),
        (vmi_fgsm, {"steps": 7, "samples": 3}, 7 + 6 * 3),
        (vni_fgsm, {"steps": 7, "samples": 3}, 7 + 6 * 3),
        (pgn, {"steps": 7, "samples": 3}, 7 * 3 * 2),
        (rap, {"steps": 7, "late_start": 3, "inner_steps": 2}, 3 + 4 * 3),
    ],
)
def test_an_attack_takes_as_many_gradients_as_its_algorithm_says(attack, settings, gradients):
    assert (run(attack, network(), images(3), **settings).gradients == gradients).all()


@pytest.mark.parametrize(
    ("attack", "asleep", "share"),
    [(ni_fgsm, 1, 0.9), (pi_fgsm, 1, 1.0), (vmi_fgsm, 1, 0.9), (vni_fgsm, 1, 0.9), (pgn, 40, 0.9)],
)
def test_a_gradient_of_exactly_zero_is_forgotten_once_there_is_another(attack, asleep, share):
    plane, pictures = Plane(), images(4)
    labels = plane(pictures).argmax(dim=1)
    away = plane.weight.sign() * (1 - 2 * labels)[:, None, None, None]
    settings = {"draws": Draws(0, range(4))} if attack in DRAWING else {}
    crafted = attack(Asleep(plane, asleep), pictures, labels, epsilon=0.05, **settings)
    assert torch.allclose(crafted - pictures, share * 0.05 * away)


@pytest.mark.parametrize("attack", DRAWING, ids=name_of)
def test_what_is_drawn_is_in_the_gradients_and_not_in_the_image(attack):
    model, pictures = network(), images(6)
    settings = {"relative_step": 1.0, "late_start": 0} if attack is rap else {}
    moved = run(attack, model, pictures, steps=1, **settings).images - pictures
    assert torch.allclose(moved.abs(), torch.full_like(moved, 0.05))


def test_bim_takes_the_steps_of_its_authors():
    plane, pictures = Plane(), images(4)
    labels = plane(pictures).argmax(dim=1)
    away = plane.weight.sign() * (1 - 2 * labels)[:, None, None, None]
    three = bim(plane, pictures, labels, epsilon=0.05, steps=3, step_size=1 / 255)
    many = bim(plane, pictures, labels, epsilon=0.05, steps=16, step_size=1 / 255)
    assert torch.allclose(three, pictures + 3 / 255 * away)
    assert torch.allclose(many, pictures + 0.05 * away)


def test_the_momentum_of_an_image_does_not_know_how_large_the_gradients_of_others_are():
    gradients = Draws(0, [0, 1]).normal(*SHAPE) * torch.tensor([1.0, 1e8])[:, None, None, None]
    sizes = leveled(gradients).abs().mean(dim=(1, 2, 3))
    assert torch.allclose(sizes, torch.ones(2, dtype=torch.float64))
    assert torch.equal(leveled(torch.zeros_like(gradients)), torch.zeros_like(gradients))


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_nesterov_looks_a_step_along_all_the_momentum_ahead(decay):
    plane, pictures = Plane(), images(4)
    labels = plane(pictures).argmax(dim=1)
    away = plane.weight * (1 - 2 * labels)[:, None, None, None]
    unit, recorded = away / plane.weight.abs().mean(), Recorded(plane)
    ni_fgsm(recorded, pictures, labels, epsilon=0.05, steps=3, decay=decay)
    step = 0.05 / 3
    assert torch.equal(recorded.asked[0], pictures)
    assert torch.allclose(recorded.asked[1], pictures + step * away.sign() + decay * step * unit)
    assert torch.allclose(recorded.asked[2], pictures + 2 * step * away.sign() + decay * step * (1 + decay) * unit)


def test_variance_is_what_the_last_neighbours_gradients_have_more_on_average():
    places, tuned = images(9).split(3), Tuned(cube, radius=0.2, samples=4, draws=Draws(0, range(3)))
    draws, variance = Draws(0, range(3)), torch.zeros(3, *SHAPE, dtype=torch.float64)
    for place in places:
        assert torch.allclose(tuned(place), cube(place) + variance)
        around = [neighbours(place, 0.2, draws) for _ in range(4)]
        assert all(0.19 < (near - place).abs().max() <= 0.2 for near in around)
        variance = sum(cube(near) for near in around) / 4 - cube(place)


def test_with_a_look_ahead_the_neighbours_lie_around_the_iterate():
    first, second, momentum = images(3), images(6)[3:], images(9)[6:]
    tuned = Tuned(cube, radius=0.2, samples=4, draws=Draws(0, range(3)), ahead=nesterov(0.1, 1.0))
    draws = Draws(0, range(3))
    around = sum(cube(neighbours(first, 0.2, draws)) for _ in range(4)) / 4
    ahead = tuned.look(first, momentum)
    tuned(ahead)
    assert torch.allclose(ahead, first + 0.1 * momentum)
    found = tuned(tuned.look(second, momentum))
    assert torch.allclose(found, cube(second + 0.1 * momentum) + around - cube(ahead))


def test_the_norm_of_the_gradient_is_penalised_by_the_gradient_one_step_down():
    pictures = images(3)
    down = pictures - 0.01 * cube(pictures) / cube(pictures).mean(dim=(1, 2, 3), keepdim=True)
    without = penalised(cube, radius=0.0, step_size=0.01, samples=2, balance=0.25, draws=Draws(0, range(3)))
    assert torch.allclose(without(pictures), 0.75 * cube(pictures) + 0.25 * cube(down))
    draws = Draws(0, range(3))
    around = sum(cube(neighbours(pictures, 0.3, draws)) for _ in range(5)) / 5
    mean = penalised(cube, radius=0.3, step_size=0.01, samples=5, balance=0.0, draws=Draws(0, range(3)))
    assert torch.allclose(mean(pictures), around)


def test_an_average_over_no_neighbours_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        run(pgn, network(), images(2), samples=0)


@pytest.mark.parametrize("is_targeted", [False, True])
@pytest.mark.parametrize("random_start", [False, True])
def test_the_reverse_perturbation_goes_to_the_corner_that_opposes_the_attack(is_targeted, random_start):
    plane, pictures = Plane(), images(4)
    labels = plane(pictures).argmax(dim=1)
    toward = plane.weight.sign() * (1 - 2 * labels)[:, None, None, None]
    goals = 1 - labels if is_targeted else None
    recorded, draws = Recorded(plane), Draws(0, range(4))
    settings = {"steps": 1, "late_start": 0, "inner_steps": 9, "relative_radius": 2.0, "random_start": random_start}
    crafted = rap(recorded, pictures, labels, epsilon=0.02, goals=goals, draws=draws, **settings)
    asked = recorded.asked
    assert len(asked) == 10 and torch.equal(asked[0], pictures) != random_start
    assert ((asked[-1] - pictures) * toward < 0).all() or random_start
    assert (asked[-1] - pictures).abs().max() <= 0.04 + 1e-12
    if not random_start:
        assert torch.allclose(asked[-1], pictures - 0.04 * toward)
    assert torch.allclose(crafted, pictures + 0.125 * 0.02 * toward)


def test_the_reverse_perturbation_stays_in_the_box():
    recorded, pictures = Recorded(network()), images(4).round()
    rap(recorded, pictures, recorded(pictures).argmax(dim=1), epsilon=0.1, draws=Draws(0, range(4)), **RAP)
    assert all(asked.min() >= 0 and asked.max() <= 1 for asked in recorded.asked)


def test_the_reverse_perturbation_starts_late():
    asked = []
    late = opposed(
        lambda pictures: asked.append(pictures) or cube(pictures),
        radius=0.1,
        steps=4,
        late_start=2,
        random_start=False,
        draws=Draws(0, range(3)),
    )
    for taken in (1, 2, 7, 12):
        late(images(3))
        assert len(asked) == taken


def dot(*places):
    """Directions of one small image: a sign at each of some places."""
    direction = torch.zeros(1, 1, 5, 5, dtype=torch.float64)
    for row, column, sign in places:
        direction[0, 0, row, column] = sign
    return direction


def test_what_leaves_the_ball_is_handed_to_the_pixels_around():
    move, pace = patchwise(1.0), torch.full((1, 1, 1, 1), 0.3, dtype=torch.float64)
    centre, patch = dot((2, 2, 5.0)), torch.zeros(1, 1, 5, 5, dtype=torch.float64)
    patch[..., 1:4, 1:4] = 0.3
    assert torch.equal(move(centre, pace), 0.3 * centre.sign())  # to the border
    assert torch.equal(move(centre, pace), patch)  # one step over: to the eight around
    assert torch.equal(move(centre, pace), patch)  # these are at the border now
    everywhere = torch.full_like(patch, 0.3)
    everywhere[0, 0, 2, 2] = 0.6  # those around are over as well: to theirs, and back
    assert torch.equal(move(centre, pace), everywhere)


def test_a_wider_kernel_and_a_factor_reach_further():
    move, pace = patchwise(0.5, kernel=5, projection=0.5), torch.ones(1, 1, 1, 1, dtype=torch.float64)
    expected = torch.full((1, 1, 5, 5), 0.5, dtype=torch.float64)
    expected[0, 0, 2, 2] = 1.0
    assert torch.equal(move(dot((2, 2, 1.0)), pace), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kernel", [3, 5])
def test_overflows_that_cancel_have_no_sign_whatever_the_rounding(kernel, dtype):
    move, pace = patchwise(10 / 3, projection=0.7, kernel=kernel), torch.full((1, 1, 1, 1), 0.1, dtype=dtype)
    drawn = Draws(0, range(40)).signs(1, 5, 5).to(dtype)
    steps = torch.cat([move((one - one.flip(1, 2))[None], pace) for one in drawn])  # odd about the centre
    assert (steps[:, 0, 2, 2] == 0).all() and (steps.abs() > 0.15).any()


@pytest.mark.parametrize("epsilon", [0.1, 0.03, 8 / 255])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_steps_that_add_up_to_the_budget_do_not_overflow_by_rounding(epsilon, dtype):
    model, pictures = network(dtype=dtype), images(4, dtype)
    small, plain = (
        run(attack, model, pictures, epsilon=epsilon, **settings)
        for attack, settings in ((pi_fgsm, {"amplification": 1.0}), (bim, {}))
    )
    assert torch.allclose(small.images, plain.images, atol=1e-6)


@pytest.mark.parametrize("kernel", [1, 2, 4])
def test_a_kernel_without_pixels_around_its_centre_is_refused(kernel):
    with pytest.raises(ValueError, match="odd number from 3"):
        run(pi_fgsm, network(), images(2), kernel=kernel)


def test_patch_wise_steps_and_momentum_and_tuning_and_a_look_ahead_go_together():
    model, pictures = network(), images(4)
    gradient = loss_gradient(model, model(pictures).argmax(dim=1))
    tuned = Tuned(gradient, radius=0.05, samples=2, draws=Draws(0, range(4)), ahead=nesterov(0.01, 1.0))
    settings = {"norm": "linf", "epsilon": 0.05, "steps": 5, "step_size": 0.05, "decay": 1.0}
    crafted = ascend(tuned, pictures, look=tuned.look, move=patchwise(1.0), **settings)
    assert (crafted - pictures).abs().max() <= 0.05 + 1e-12
    labels = model(pictures).argmax(dim=1)
    assert (cross_entropy(model(crafted), labels) > cross_entropy(model(pictures), labels)).all()
