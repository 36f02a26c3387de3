"""The attacks for the smallest distortion, against exact solutions, by their first steps, and in what they keep."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import SHAPE, Plane, images, network
from tests.transfer.attacks.quadratic import smallest_perturbation
from tests.transfer.attacks.test_lbfgs import Recorded, lengths, ten_classes
from transfer.attacks import _boundaries
from transfer.attacks._box import nearest
from transfer.attacks._pairs_of_pixels import most_salient
from transfer.attacks._smallest import lead
from transfer.attacks.cw_l2 import cw_l2
from transfer.attacks.ddn import ddn
from transfer.attacks.deepfool import deepfool
from transfer.attacks.fmn import fmn
from transfer.attacks.jsma import jsma
from transfer.balls import ball
from transfer.craft import random_wrong
from transfer.draws import Draws
from transfer.train import frozen

AIMING = {"cw_l2": cw_l2, "ddn": ddn, "fmn": fmn}  # toward a goal or away from the label
CLASSES = 10


def attacked(attack, model, pictures, labels, goals=None, **settings):
    """JSMA toward the goals or the next class, the others away from the labels unless there are goals."""
    if attack is jsma:
        return jsma(model, pictures, goals=(labels + 1) % CLASSES if goals is None else goals, **settings)
    aim = {} if attack is deepfool else {"goals": goals}
    return attack(model, pictures, labels, **aim, **settings)


EVERY = pytest.mark.parametrize("attack", [deepfool, cw_l2, ddn, fmn, jsma], ids=lambda attack: attack.__name__)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("attack", "settings", "is_targeted"),
    [
        (deepfool, {}, False),
        (cw_l2, {}, False),
        (cw_l2, {}, True),
        # With 100 steps the nearest image ends at 2.7 times its distance: the radius shrinks by 5% a step, from 1.
        (ddn, {"steps": 300}, False),
        (fmn, {}, False),
        (fmn, {}, True),
        (fmn, {"norm": "linf"}, False),
    ],
)
def test_two_linear_classes_are_parted_at_the_closed_form_distance(attack, settings, is_targeted, dtype):
    plane, pictures = Plane(dtype=dtype), images(16, dtype)
    labels = plane(pictures).argmax(dim=1)
    found = attacked(attack, plane, pictures, labels, 1 - labels if is_targeted else None, **settings)
    assert found.images.min() > 0 and found.images.max() < 1  # no bound is active: the closed form holds
    norm = settings.get("norm", "l2")
    ratio = ball(norm).size(found.images - pictures) / plane.distance(pictures, norm)
    assert found.is_found.all() and (plane(found.images).argmax(dim=1) != labels).all()
    # DeepFool overshoots by 2%, and aims a ten thousandth beyond.
    assert ratio.min() >= 1 - 1e-6 and ratio.max() <= (1.0202 if attack is deepfool else 1.01)


def least_lengths(model, pictures, rivals_of):
    """By the exact quadratic programme: `rivals_of` gives for an image the classes to lead, and those to be led."""
    weight, bias = model[1].weight.numpy(), model[1].bias.numpy()
    exact = []
    for number, picture in enumerate(pictures.flatten(1).numpy()):
        ways = [
            np.linalg.norm(smallest_perturbation(picture, weight[[up]] - weight[down], bias[[up]] - bias[down])[0])
            for up, down in rivals_of(number)
        ]
        exact.append(min(ways))
    return torch.tensor(exact)


@pytest.mark.parametrize(
    ("attack", "mean", "most"), [(cw_l2, 1.01, 1.02), (fmn, 1.01, 1.02), (ddn, 1.05, 1.1)], ids=["cw_l2", "fmn", "ddn"]
)
def test_ten_linear_classes_in_the_box_need_what_the_quadratic_programme_needs(attack, mean, most):
    model, pictures = ten_classes()
    labels = model(pictures).argmax(dim=1)
    goals = random_wrong(labels, CLASSES, torch.arange(len(pictures)), 0)
    exact = least_lengths(model, pictures, lambda i: [(goals[i], [k for k in range(10) if k != goals[i]])])
    found = attack(model, pictures, labels, goals=goals)
    ratio = lengths(found.images - pictures) / exact
    assert found.is_found.all() and ((found.images == 0) | (found.images == 1)).double().mean() > 0.2
    assert ratio.min() > 1 - 1e-4 and ratio.mean() <= mean and ratio.max() <= most


def test_deepfool_finds_the_nearest_of_ten_linear_classes_in_the_box():
    model, pictures = ten_classes()
    labels = model(pictures).argmax(dim=1)
    exact = least_lengths(model, pictures, lambda i: [(k, [labels[i]]) for k in range(10) if k != labels[i]])
    found = deepfool(model, pictures, labels)
    ratio = lengths(found.images - pictures) / exact
    assert found.is_found.all() and ratio.min() > 1 - 1e-4 and ratio.mean() <= 1.02 and ratio.max() <= 1.05


def test_the_nearest_point_of_a_linear_boundary_is_the_quadratic_programmes():
    _, pictures = ten_classes()
    slopes, gaps = Draws("slopes", range(12)).normal(math.prod(SHAPE)), torch.linspace(0.1, 30, 12).double()
    way = nearest(pictures.flatten(1), slopes, gaps)
    for picture, slope, gap, step, price in zip(pictures.flatten(1), slopes, gaps, *way, strict=True):
        exact, _ = smallest_perturbation(picture.numpy(), slope[None].numpy(), np.array([-(slope @ picture + gap)]))
        assert torch.allclose(step, torch.tensor(exact), atol=1e-5)
        assert slope @ step == pytest.approx(gap.item())
        assert torch.allclose(step, (picture + price * slope).clamp(0, 1) - picture)


def test_a_gap_that_the_box_cannot_close_takes_every_pixel_to_its_bound():
    pixels, slope = torch.tensor([[0.2, 0.9, 0.5]]).double(), torch.tensor([[1.0, -2.0, 0.0]]).double()
    way = nearest(pixels, slope, torch.tensor([100.0]).double())
    assert torch.allclose(pixels + way.step, torch.tensor([[1.0, 0.0, 0.5]]).double())
    flat = nearest(pixels, torch.zeros_like(slope), torch.ones(1).double())
    assert torch.equal(flat.step, torch.zeros_like(slope)) and flat.price == 0


def first_iterate(attack, model, pictures, labels, *, number=1, **settings):
    """What the model is asked after its first gradient."""
    recorded = Recorded(model)
    attack(recorded, pictures, labels, **settings)
    return recorded.asked[number]


def test_first_steps_are_the_papers():
    plane, pictures = Plane(), images(6)
    labels = plane(pictures).argmax(dim=1)
    away = torch.where(labels == 0, 1.0, -1.0).double()[:, None, None, None] * plane.weight
    distance = plane.distance(pictures, "l2")[:, None, None, None]
    unit = away / plane.weight.norm()
    # The first call asks who is fooled already, the second is at the clean images.
    ask = {"model": plane, "pictures": pictures, "labels": labels, "number": 2}
    assert torch.allclose(first_iterate(cw_l2, **ask, steps=2), pictures + 0.7 * distance * unit)
    assert torch.allclose(first_iterate(ddn, **ask, steps=2), (pictures + 1.05 * unit).clamp(0, 1))
    assert torch.allclose(first_iterate(fmn, **ask, steps=2), pictures + 1.0001 * distance * unit, atol=1e-9)
    flat = 1.0001 * plane.distance(pictures, "linf")[:, None, None, None]
    step = (away / away.flatten(1).norm(dim=1)[:, None, None, None]).clamp(-flat, flat)
    assert torch.allclose(first_iterate(fmn, **ask, steps=2, norm="linf"), pictures + step, atol=1e-9)
    # DeepFool asks twice for the clean images' logits, then for the slope of one class.
    boundary = first_iterate(deepfool, **{**ask, "number": 3})
    assert torch.allclose(boundary, pictures + 1.02 * 1.0001 * distance * unit, rtol=1e-9, atol=1e-9)


def test_deepfool_looks_again_only_at_classes_that_may_be_nearest_and_finds_the_same(monkeypatch):
    model, pictures = network("lenet"), images(12)
    labels = model(pictures).argmax(dim=1)
    found = deepfool(model, pictures, labels)
    monkeypatch.setattr(_boundaries, "FAR", math.inf)
    thorough = deepfool(model, pictures, labels)
    assert found.is_found.all() and torch.allclose(found.images, thorough.images)
    assert (found.gradients >= 9).all() and (found.gradients <= thorough.gradients).all()
    assert found.gradients.sum() < thorough.gradients.sum()


def test_deepfool_with_two_candidates_goes_to_the_runner_up():
    model, pictures = network("lenet"), images(12)
    logits = model(pictures)
    labels, runners_up = logits.topk(2, dim=1).indices.T
    found = deepfool(model, pictures, labels, candidates=2)
    reached = model(found.images).argmax(dim=1)
    assert (reached == runners_up).double().mean() > 0.8  # another class may come first where the model is not linear
    assert (found.gradients <= 8).all()
    with pytest.raises(ValueError, match="at least 2 candidates, found 1"):
        deepfool(model, pictures, labels, candidates=1)


@pytest.mark.parametrize("is_targeted", [True, False])
def test_a_confident_perturbation_leads_by_that_much_and_is_the_smallest_that_does(is_targeted):
    plane, pictures = Plane(), images(8)
    labels = plane(pictures).argmax(dim=1)
    found = cw_l2(plane, pictures, labels, confidence=3.0, goals=1 - labels if is_targeted else None)
    leads = plane.value(found.images) * torch.where(labels == 0, 1.0, -1.0)
    exact = (plane.value(pictures).abs() + 3.0) / plane.weight.norm()
    assert found.is_found.all() and (leads >= 3.0).all()
    assert torch.allclose(lengths(found.images - pictures), exact, rtol=0.01)


def test_the_constant_of_carlini_and_wagner_is_about_that_at_which_loss_and_size_pull_alike():
    plane, pictures = Plane(), images(6)
    labels = plane(pictures).argmax(dim=1)
    found = cw_l2(plane, pictures, labels)
    exact = 2 * plane.distance(pictures, "l2") / plane.weight.norm()
    # The least constant has no minimum beyond the boundary: it succeeds half of the time at twice as much.
    assert (found.constant >= 0.9 * exact).all() and (found.constant <= 3 * exact).all()


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_few_steps_leave_a_constant_above_zero(steps):
    plane, pictures = Plane(), images(6)
    labels = plane(pictures).argmax(dim=1)
    found = cw_l2(plane, pictures, labels, steps=steps)
    assert (found.constant > 0).all() and (found.gradients == steps).all()
    assert found.is_found.all() == (steps > 1)


def test_fmn_reaches_the_boundary_where_clipping_takes_most_of_each_step():
    # From black, half of the slope leads out of the box: the linear model alone ends 30% short, for ever.
    plane, pictures = Plane(), torch.zeros(1, *SHAPE).double()
    offset = plane.weight.clamp_min(0).sum() * 0.6
    plane.offset = offset
    labels = plane(pictures).argmax(dim=1)
    assert fmn(plane, pictures, labels).is_found.all()


@EVERY
def test_an_image_that_is_there_already_is_found_as_it_is_and_costs_nothing(attack):
    model, pictures = network("lenet"), images(8)
    answers = model(pictures).argmax(dim=1)
    labels, goals = answers.clone(), (answers + 1) % CLASSES
    labels[3], goals[3] = (answers[3] + 1) % CLASSES, answers[3]
    found = attacked(attack, model, pictures, labels, None if attack is deepfool else goals)
    assert found.is_found[3] and torch.equal(found.images[3], pictures[3])
    assert found.gradients[3] == 0 and found.constant[3].isnan()
    assert (found.gradients[torch.arange(8) != 3] > 0).all()


@EVERY
def test_nothing_is_asked_where_all_are_there_already(attack):
    recorded, pictures = Recorded(network("lenet")), images(3)
    answers = recorded.model(pictures).argmax(dim=1)
    found = attacked(attack, recorded, pictures, (answers + 1) % CLASSES, None if attack is deepfool else answers)
    assert found.is_found.all() and torch.equal(found.images, pictures) and len(recorded.asked) == 1


class Faint(nn.Module):
    """The second class gains on the first with brightness, and not enough in the box."""

    def forward(self, pictures):
        brightness = pictures.mean(dim=(1, 2, 3))
        others = [torch.zeros_like(brightness) - 5] * (CLASSES - 2)
        return torch.stack([-brightness, brightness - 3, *others], dim=1)


@EVERY
def test_without_success_the_last_iterate_is_returned_and_said_to_be_none(attack):
    pictures, labels = images(4), torch.zeros(4, dtype=torch.long)
    recorded = Recorded(Faint())
    settings = {} if attack is jsma else {"steps": 10}
    found = attacked(attack, recorded, pictures, labels, **settings)
    assert not found.is_found.any() and (found.gradients > 0).all()
    asked = recorded.asked[-1][:4]
    assert torch.equal(found.images, asked)
    assert (found.images.mean(dim=(1, 2, 3)) > pictures.mean(dim=(1, 2, 3))).all()


@pytest.mark.parametrize("attack", AIMING.values(), ids=AIMING)
def test_the_smallest_success_met_is_kept(attack):
    recorded, pictures = Recorded(network()), images(1)
    label = recorded.model(pictures).argmax(dim=1)
    goal = (label + 3) % CLASSES
    found = attack(recorded, pictures, label, goals=goal)
    asked, answered = torch.cat(recorded.asked), torch.cat(recorded.answered)
    successes = lengths(asked - pictures)[answered == goal]
    assert len(successes) > 1
    assert torch.isclose(lengths(found.images - pictures)[0], successes.min())


@pytest.mark.parametrize("attack", [deepfool, cw_l2, jsma], ids=lambda attack: attack.__name__)
def test_finished_images_leave_the_batch_and_every_gradient_is_counted(attack):
    model, pictures, rows = network("mlp"), images(16), []
    labels = model(pictures).argmax(dim=1)
    found = attacked(attack, Counted(model, rows), pictures, labels)
    assert sum(rows) == found.gradients.sum()
    assert found.gradients.unique().numel() > 1  # not all as long as the slowest


class Counted(nn.Module):
    """A model that notes how many rows each gradient is asked for."""

    def __init__(self, model, rows):
        super().__init__()
        self.model, self.rows = model, rows

    def forward(self, pictures):
        if pictures.requires_grad:
            self.rows.append(len(pictures))
        return self.model(pictures)


@EVERY
def test_a_batch_is_as_many_batches_of_one(attack):
    model, pictures = network("lenet"), images(4)
    pictures[:2] = pictures[:2].round()
    labels = model(pictures).argmax(dim=1)
    steps = {"steps": 30} if attack in AIMING.values() else {}
    together = attacked(attack, model, pictures, labels, **steps)
    alone = [attacked(attack, model, *one, **steps) for one in zip(pictures.split(1), labels.split(1), strict=True)]
    apart = torch.cat([one.images for one in alone])
    assert torch.equal(together.is_found, torch.cat([one.is_found for one in alone]))
    assert torch.allclose(lengths(together.images - pictures), lengths(apart - pictures), atol=1e-4)


class FlatAtFirst(nn.Module):
    """No slope where no pixel is brighter than 0.9, and a plane beyond."""

    def forward(self, pictures):
        rise = (pictures - 0.9).clamp_min(0).sum(dim=(1, 2, 3)) - 0.5
        return torch.stack([-rise, rise], dim=1)


@pytest.mark.parametrize("attack", [deepfool, *AIMING.values()], ids=lambda attack: attack.__name__)
def test_an_image_on_flat_ground_stays_and_spoils_nobody(attack):
    pictures = images(2)
    pictures[1] += 0.3
    pictures = pictures.clamp(0, 1)
    found = attacked(attack, FlatAtFirst(), pictures, torch.zeros(2, dtype=torch.long), steps=20)
    assert found.images.isfinite().all()
    assert torch.equal(found.images[0], pictures[0]) and not found.is_found[0]
    assert found.flat[0] == found.gradients[0] > 0 and found.flat[1] == 0


def test_a_lead_that_another_batch_size_may_undo_is_none():
    logits = torch.tensor([[100.0, 100.0001], [100.0, 100.1]])
    assert (lead(logits, torch.tensor([0, 0]), None) > 0).tolist() == [False, True]


def every_pair(gain, loss, allowed):
    """The highest product by looking at every pair; -inf where none has the right signs."""
    gains, losses = gain[:, :, None] + gain[:, None, :], loss[:, :, None] + loss[:, None, :]
    pairs = allowed[:, :, None] & allowed[:, None, :] & ~torch.eye(gain.shape[1], dtype=torch.bool)
    return torch.where(pairs & (gains > 0) & (losses > 0), gains * losses, -math.inf)


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("shift", [0.0, -1.5])
def test_the_most_salient_pair_is_the_best_of_all_pairs(rounded, shift):
    draws = Draws("pairs", range(200))
    gain, loss, allowed = draws.normal(24) + shift, draws.normal(24), draws.uniform(24) < 0.7
    if rounded:  # many pixels alike
        gain, loss = gain.round(), loss.round()
    allowed[0], allowed[1, 1:] = False, False
    scores = every_pair(gain, loss, allowed)
    best = scores.flatten(1).amax(dim=1)
    found = most_salient(gain, loss, allowed)
    assert torch.equal(found.exists, best.isfinite()) and not found.exists[:2].any() and found.exists.any()
    taken = scores[torch.arange(200), found.first, found.second]
    assert torch.allclose(taken[found.exists], best[found.exists])


def linear(weight):
    model = nn.Sequential(nn.Flatten(), nn.Linear(weight.shape[1], len(weight), bias=False)).double()
    model[1].weight.data = weight
    return frozen(model)


def test_jsma_changes_the_pair_that_raises_the_goal_and_lowers_the_others():
    weight = torch.zeros(3, 6).double()
    weight[2], weight[0] = torch.tensor([1, 5, 1, 3, -4, 0]), torch.tensor([0, 9, -2, -1, 5, 0])
    pictures = torch.tensor([0.5, 0.5, 0.5, 0.5, 0.5, 0.9]).double().reshape(1, 1, 2, 3)
    # Pixels 2 and 3: (1 + 3) * (2 + 1). With pixel 1 the other class would rise.
    found = jsma(linear(weight), pictures, goals=torch.tensor([2]), most=0.34)
    assert (found.images - pictures != 0).flatten().tolist() == [False, False, True, True, False, False]
    assert found.images.flatten()[[2, 3]].tolist() == [1.0, 1.0]
    # Darker: pixel 4 alone raises the goal, and only by less than what pixel 0 takes off it.
    found = jsma(linear(weight), pictures, goals=torch.tensor([2]), most=0.34, change=-0.25)
    changed = (found.images - pictures).flatten()
    assert changed[4] == -0.25 and (changed <= 0).all() and (changed != 0).sum() == 2


def test_jsma_ends_at_its_share_of_pixels_and_without_a_pair():
    model, pictures = network("lenet"), images(6)
    goals = (model(pictures).argmax(dim=1) + 1) % CLASSES
    found = jsma(model, pictures, goals=goals, most=0.05)
    changed = (found.images != pictures).flatten(1).sum(dim=1)
    assert (changed <= 12).all() and (changed[~found.is_found] == 12).all() and not found.is_found.all()
    assert (found.gradients == changed + 2).all()  # two a pair, and two to see where the last one led
    white = jsma(model, torch.ones_like(pictures), goals=(model(torch.ones_like(pictures)).argmax(dim=1) + 1) % CLASSES)
    assert torch.equal(white.images, torch.ones_like(pictures)) and not white.is_found.any()


def test_every_goal_is_reached_inside_the_box():
    model, pictures = network(), images(32)
    pictures[:16] = pictures[:16].round()
    labels = model(pictures).argmax(dim=1)
    goals = random_wrong(labels, CLASSES, torch.arange(32), 0)
    for attack in AIMING.values():
        found = attack(model, pictures, labels, goals=goals, steps=60)
        alone = torch.cat([model(picture).argmax(dim=1) for picture in found.images.split(1)])
        assert torch.equal(alone, goals) and found.is_found.all()
        assert found.images.min() >= 0 and found.images.max() <= 1
