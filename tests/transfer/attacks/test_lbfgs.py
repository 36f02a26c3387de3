"""Box-constrained L-BFGS, against exact solutions, against scipy, and against itself alone."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.scipy_lbfgs import scipy_lbfgs
from tests.transfer.attacks.planes import SHAPE, Plane, images
from tests.transfer.attacks.quadratic import smallest_perturbation
from transfer.architectures.lenet import lenet
from transfer.architectures.mlp import mlp
from transfer.attacks.lbfgs import lbfgs
from transfer.craft import random_wrong
from transfer.datasets.mnist import mnist
from transfer.draws import Draws
from transfer.recipes.sgd import sgd
from transfer.train import build, frozen, train


def lengths(perturbations):
    return perturbations.flatten(1).norm(dim=1)


def digits(count, dtype=torch.float32):
    pixels, labels = mnist(part="test")
    return torch.tensor(pixels[:count]).to(dtype) / 255, torch.tensor(labels[:count])


def ten_classes(seed=0):
    """A linear model of ten classes, and images of which two thirds of the pixels are black or white."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(math.prod(SHAPE), 10)).double()
    model[1].weight.data = Draws(f"ten {seed}", range(10)).normal(math.prod(SHAPE))
    model[1].bias.data = Draws(f"bias {seed}", [0]).normal(10)[0]
    pictures = Draws("black and white", range(12)).uniform(*SHAPE) * 3 - 1
    return frozen(model), pictures.clamp(0, 1)


@pytest.fixture(scope="session")
def sigmoid():
    """A small sigmoid network that has learnt some digits."""
    pixels, labels = mnist(part="train")
    module = build(mlp, {"hidden": (40, 40), "activation": "sigmoid"}, (1, 28, 28), 10)
    settings = {"epochs": 4, "learning_rate": 0.3, "batch": 50}
    return train(module, sgd, settings, torch.tensor(pixels[:8000]), torch.tensor(labels[:8000]), seed=0)


@pytest.fixture(scope="session")
def convolutional():
    """A small LeNet with ReLU and max pooling, whose loss has kinks."""
    pixels, labels = mnist(part="train")
    module = build(lenet, {"channels": (4, 8), "hidden": (30,)}, (1, 28, 28), 10)
    settings = {"epochs": 2, "learning_rate": 0.05, "batch": 50}
    return train(module, sgd, settings, torch.tensor(pixels[:4000]), torch.tensor(labels[:4000]), seed=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("is_targeted", [True, False])
def test_two_linear_classes_are_parted_at_the_closed_form_distance(dtype, is_targeted):
    plane, pictures = Plane(dtype=dtype), images(16, dtype)
    labels = plane(pictures).argmax(dim=1)
    found = lbfgs(plane, pictures, labels, goals=1 - labels if is_targeted else None)
    assert found.images.min() > 0 and found.images.max() < 1  # no bound is active: the closed form holds
    ratio = lengths(found.images - pictures) / plane.distance(pictures, "l2")
    assert found.is_found.all()
    assert ratio.min() >= 1 and ratio.max() <= 1.01


def test_ten_linear_classes_in_the_box_need_what_the_quadratic_programme_needs():
    model, pictures = ten_classes()
    labels = model(pictures).argmax(dim=1)
    goals = random_wrong(labels, 10, torch.arange(len(pictures)), 0)
    found = lbfgs(model, pictures, labels, goals=goals)
    weight, bias = model[1].weight.numpy(), model[1].bias.numpy()
    exact = []
    for picture, goal in zip(pictures.flatten(1).numpy(), goals.tolist(), strict=True):
        others = [k for k in range(10) if k != goal]
        moved, gap = smallest_perturbation(picture, weight[goal] - weight[others], bias[goal] - bias[others])
        assert abs(gap) < 1e-5 * (moved @ moved)
        exact.append(np.linalg.norm(moved))
    ratio = lengths(found.images - pictures).numpy() / exact
    at_a_bound = (found.images == 0) | (found.images == 1)
    assert found.is_found.all() and at_a_bound.double().mean() > 0.3
    assert ratio.min() > 1 - 1e-4 and ratio.mean() <= 1.05 and ratio.max() <= 1.1


def test_scipy_image_by_image_finds_no_smaller_perturbations(sigmoid):
    pictures, labels = digits(4)
    goals = random_wrong(labels, 10, torch.arange(4), 0)
    found = lbfgs(sigmoid, pictures, labels, goals=goals)
    ones = [scipy_lbfgs(sigmoid, pictures[i : i + 1], goals[i : i + 1]) for i in range(4)]
    ours, theirs = lengths(found.images - pictures), torch.tensor([one.size for one in ones])
    assert found.is_found.all() and theirs.isfinite().all()
    assert ours.mean() <= 1.005 * theirs.mean()
    assert (ours <= 1.05 * theirs).all()
    assert found.gradients.sum() < 0.2 * sum(one.evaluations for one in ones)


@pytest.mark.parametrize("is_targeted", [True, False])
def test_every_goal_is_reached_inside_the_box_and_holds_in_a_batch_of_one(sigmoid, is_targeted):
    pictures, labels = digits(64)
    answers = sigmoid(pictures).argmax(dim=1)
    goals = random_wrong(labels, 10, torch.arange(64), 0) if is_targeted else None
    found = lbfgs(sigmoid, pictures, answers, goals=goals)
    alone = torch.cat([sigmoid(picture).argmax(dim=1) for picture in found.images.split(1)])
    assert found.is_found.all()
    assert torch.equal(alone, goals) if is_targeted else (alone != answers).all()
    assert found.images.min() >= 0 and found.images.max() <= 1


def test_untargeted_needs_no_more_than_the_nearest_of_all_goals(sigmoid):
    pictures, _ = digits(8)
    answers = sigmoid(pictures).argmax(dim=1)
    anywhere = lengths(lbfgs(sigmoid, pictures, answers).images - pictures)
    each = []
    for goal in range(10):
        found = lbfgs(sigmoid, pictures, answers, goals=torch.full_like(answers, goal))
        each.append(torch.where(answers == goal, torch.inf, lengths(found.images - pictures)))
    nearest = torch.stack(each).amin(dim=0)
    assert anywhere.mean() <= 1.05 * nearest.mean() and (anywhere <= 1.25 * nearest).all()


@pytest.mark.parametrize("kind", ["sigmoid", "convolutional"])
def test_a_batch_is_as_many_batches_of_one(kind, request):
    model = copy.deepcopy(request.getfixturevalue(kind)).double()
    pictures, labels = digits(4, torch.float64)
    goals = random_wrong(labels, 10, torch.arange(4), 0)
    together = lbfgs(model, pictures, labels, goals=goals)
    parts = zip(pictures.split(1), labels.split(1), goals.split(1), strict=True)
    alone = [lbfgs(model, picture, label, goals=goal) for picture, label, goal in parts]
    apart = torch.cat([one.images for one in alone])
    assert together.is_found.all() and all(one.is_found for one in alone)
    assert torch.allclose(lengths(together.images - pictures), lengths(apart - pictures), atol=1e-4)


def test_an_image_that_already_answers_its_goal_is_found_as_it_is(sigmoid):
    pictures, labels = digits(8)
    goals = random_wrong(labels, 10, torch.arange(8), 0)
    goals[3] = sigmoid(pictures[3:4]).argmax()
    found = lbfgs(sigmoid, pictures, labels, goals=goals)
    assert found.is_found[3] and found.constant[3].isnan() and found.gradients[3] == 1
    assert torch.equal(found.images[3], pictures[3])
    assert (found.constant[torch.arange(8) != 3] > 0).all()


class Recorded(nn.Module):
    """A model that remembers what it was asked and what it answered."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model, self.asked, self.answered = model, [], []

    def forward(self, pictures):
        logits = self.model(pictures)
        self.asked.append(pictures.detach().clone())
        self.answered.append(logits.detach().argmax(dim=1))
        return logits


def test_finished_images_leave_the_batch_and_every_gradient_is_counted(sigmoid):
    pictures, labels = digits(16)
    goals = random_wrong(labels, 10, torch.arange(16), 0)
    recorded = Recorded(sigmoid)
    found = lbfgs(recorded, pictures, labels, goals=goals)
    sizes = [len(asked) for asked in recorded.asked[1:]]  # the first call asks how many classes there are
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < 16
    assert sizes == [int((found.gradients > turn).sum()) for turn in range(len(sizes))]


def test_the_smallest_success_met_is_kept(sigmoid):
    picture, label = digits(1)
    goal = (label + 3) % 10
    recorded = Recorded(sigmoid)
    found = lbfgs(recorded, picture, label, goals=goal)
    asked, answered = torch.cat(recorded.asked), torch.cat(recorded.answered)
    successes = lengths(asked - picture)[answered == goal]
    assert len(successes) > 1
    assert torch.isclose(lengths(found.images - picture)[0], successes.min(), rtol=1e-3)


class Faint(nn.Module):
    """The second class leads nowhere in the box, however bright the image."""

    def forward(self, pictures):
        brightness = pictures.mean(dim=(1, 2, 3))
        return torch.stack([torch.zeros_like(brightness), brightness - 2], dim=1)


def test_without_success_the_last_iterate_is_returned_and_said_to_be_none():
    pictures, labels = images(4), torch.zeros(4, dtype=torch.long)
    found = lbfgs(Faint(), pictures, labels, evaluations=30)
    assert not found.is_found.any() and (found.gradients == 30).all()
    assert (found.images.mean(dim=(1, 2, 3)) > pictures.mean(dim=(1, 2, 3))).all()


def test_a_larger_c_than_the_one_found_would_not_reach_the_goal():
    plane, pictures = Plane(), images(6)
    labels = plane(pictures).argmax(dim=1)
    found = lbfgs(plane, pictures, labels, goals=1 - labels)
    # At the boundary of two linear classes c * 2|r| is the slope of the loss, half the length of the weights.
    exact = plane.weight.norm() / (4 * plane.distance(pictures, "l2"))
    assert torch.allclose(found.constant, exact, rtol=0.05)
