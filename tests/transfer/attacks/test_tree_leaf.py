"""The way to another leaf of a decision tree, on a tree that can be drawn by hand."""

import pytest
import torch
from torch import nn

from transfer.architectures.decision_tree import decision_tree
from transfer.architectures.random_forest import random_forest
from transfer.attacks.tree_leaf import tree_leaf
from transfer.black_box import LabelsOnly
from transfer.craft import Given, craft
from transfer.datasets.mnist import mnist
from transfer.recipes.fit import fit
from transfer.train import build, frozen, pixels, train

SHAPE = (1, 2, 2)
#            pixel 0 <= 0.5
#          /                \
#    pixel 1 <= 0.4       pixel 2 <= 0.9
#     /         \          /          \
#  class 0   class 0    class 1     class 2
TREE = {
    "roots": torch.tensor([0]),
    "feature": torch.tensor([0, 1, 2, 0, 0, 0, 0]),
    "threshold": torch.tensor([0.5, 0.4, 0.9, 0.0, 0.0, 0.0, 0.0]),
    "left": torch.tensor([1, 3, 5, 3, 4, 5, 6]),
    "right": torch.tensor([2, 4, 6, 3, 4, 5, 6]),
    "chance": torch.eye(3)[[0, 0, 0, 0, 0, 1, 2]],
}


@pytest.fixture
def tree():
    module = build(decision_tree, {}, SHAPE, 3)
    module.hold(**TREE)
    return frozen(module)


def image(*values):
    return torch.tensor(values).reshape(1, *SHAPE)


def attack(tree, pictures, labels, goals=None, **settings):
    given = Given([tree], pictures, torch.tensor(labels), torch.arange(len(pictures)), goals)
    return craft(tree_leaf, given, {"beyond": 0.01, **settings}, seed=0, batch=8)


@pytest.mark.parametrize(
    ("start", "label", "end"),
    [
        # Its sibling leaf is of its own class: only beyond the root there is another, and class 1 is nearer.
        ((0.2, 0.1, 0.3, 0.0), 0, (0.51, 0.1, 0.3, 0.0)),
        # Pixel 2 is large already, so that one pixel leads to class 2.
        ((0.2, 0.1, 1.0, 0.0), 0, (0.51, 0.1, 1.0, 0.0)),
        # The sibling goes first, though class 0 would be a smaller change.
        ((0.52, 0.1, 0.3, 0.0), 1, (0.52, 0.1, 0.91, 0.0)),
        ((0.9, 0.5, 0.95, 0.7), 2, (0.9, 0.5, 0.89, 0.7)),
        # Misclassified as it is: nothing is to be done.
        ((0.9, 0.5, 0.95, 0.7), 1, (0.9, 0.5, 0.95, 0.7)),
    ],
)
def test_the_nearest_leaf_of_another_class_is_reached_by_its_path(tree, start, label, end):
    found = attack(tree, image(*start), [label])
    assert torch.allclose(found.images, image(*end), atol=1e-6)
    assert tree(found.images).argmax(dim=1).item() != label
    assert found.gradients.tolist() == [0]


def test_a_goal_is_reached_and_one_that_no_leaf_has_changes_nothing(tree):
    start = image(0.2, 0.1, 0.3, 0.0)
    found = attack(tree, start, [0], goals=torch.tensor([2]))
    assert torch.allclose(found.images, image(0.51, 0.1, 0.91, 0.0), atol=1e-6)
    tree.chance[6] = torch.tensor([0.0, 1.0, 0.0])
    assert torch.equal(attack(tree, start, [0], goals=torch.tensor([2])).images, start)


def test_every_digit_that_a_tree_knows_is_fooled_by_a_few_pixels():
    (images, labels), (others, truth) = mnist(part="train"), mnist(part="test")
    model = build(decision_tree, {}, (1, 28, 28), 10)
    model = train(model, fit, {}, torch.tensor(images[:1000]), torch.tensor(labels[:1000]), seed=0)
    clean, truth = pixels(torch.tensor(others[:200])), torch.tensor(truth[:200])
    found = attack(model, clean, truth.tolist(), beyond=0.001).images
    assert (model(found).argmax(dim=1) != truth).all()
    right = model(clean).argmax(dim=1) == truth
    changed = (found != clean).flatten(1).sum(dim=1)
    assert (changed[~right] == 0).all() and (changed[right] > 0).all() and changed.max() < 8


@pytest.mark.parametrize("surrogate", ["forest", "plane", "black box"])
def test_anything_but_a_tree_is_refused(tree, surrogate):
    others = {
        "forest": build(random_forest, {"trees": 2}, SHAPE, 3),
        "plane": nn.Sequential(nn.Flatten(), nn.Linear(4, 3)),
        "black box": LabelsOnly(tree, torch.float32),
    }
    with pytest.raises(ValueError, match="tree_leaf follows the nodes of one decision_tree"):
        attack(frozen(others[surrogate]), image(0.2, 0.1, 0.3, 0.0), [0])
