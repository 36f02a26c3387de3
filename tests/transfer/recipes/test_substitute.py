"""A substitute learns a model from its answers, and asks no more than it says."""

import pytest
import torch
from torch import nn

from transfer.architectures.linear import linear
from transfer.architectures.mlp import mlp
from transfer.architectures.svm import svm
from transfer.black_box import LabelsOnly, Queried
from transfer.datasets.mnist import mnist
from transfer.recipes.fit import fit
from transfer.recipes.substitute import substitute
from transfer.shapes import Images
from transfer.train import build, frozen, logits_of, train, weights_of

SHAPE = (1, 8, 8)


class Remembering(nn.Module):
    """A plane as a target, and every image that it has been shown."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.model = frozen(linear(SHAPE, 3))
        self.seen: list[Images] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen.append(images.clone())
        return self.model(images)


def digits(count, seed=0):
    return torch.randint(256, (count, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def learnt(target, labels=None, seed=0, **settings):
    images = digits(60)
    labels = torch.zeros(60, dtype=torch.long) if labels is None else labels
    module = build(linear, {}, SHAPE, 3)
    settings = {"asked": 20, "rounds": 3, "epochs": 40, "batch": 16, "learning_rate": 0.1, **settings}
    return train(module, substitute, {"target": target, **settings}, images, labels, seed=seed)


@pytest.mark.parametrize(("reservoir", "queries"), [(None, 20 * 2**3), (25, 20 + 20 + 25 + 25)])
def test_each_image_is_asked_about_once_and_the_images_double_until_the_reservoir_is_full(reservoir, queries):
    target = Remembering()
    counted = Queried(target)
    learnt(counted, reservoir=reservoir)
    assert counted.queries == queries == sum(map(len, target.seen))


def test_new_images_are_a_step_away_in_every_pixel_and_are_images_of_bytes():
    target = Remembering()
    learnt(target, rounds=2, step=0.1, period=1)
    first, second, third = (seen * 255 for seen in target.seen)
    assert torch.allclose(second, second.round(), atol=1e-4)
    moved = (second - first).abs().flatten(1)
    at_border = ((second < 0.01) | (second > 254.99)).flatten(1)
    assert ((moved - 25.5).abs() < 0.6)[~at_border].all() and (moved <= 26.01).all()
    # The second round steps back where the first stepped forth: a linear network's gradient keeps its sign.
    steps = torch.sign(third[: len(first)] - first) * torch.sign(second - first)
    assert (steps < 0).float().mean() > (steps > 0).float().mean()


def test_it_agrees_with_its_target_more_the_more_it_asks():
    (images, labels), (others, _) = mnist(part="train"), mnist(part="test")
    images, labels, others = torch.tensor(images[:1000]), torch.tensor(labels[:1000]), torch.tensor(others[:1000])
    target = train(build(svm, {}, (1, 28, 28), 10), fit, {}, images, labels, seed=0)
    agreement = []
    for rounds in (0, 4):
        settings = {"asked": 100, "rounds": rounds, "period": 1, "epochs": 20 * (rounds + 1), "batch": 32}
        module = build(mlp, {"hidden": (64,)}, (1, 28, 28), 10)
        module = train(
            module, substitute, {"target": target, "learning_rate": 0.03, **settings}, images, labels, seed=0
        )
        answers = [logits_of(model, others, 250).argmax(dim=1) for model in (module, target)]
        agreement.append((answers[0] == answers[1]).float().mean())
    assert agreement[1] > agreement[0] + 0.05 and agreement[1] > 0.75


def test_true_labels_are_never_looked_at_and_neither_is_more_than_a_label():
    target = Remembering().model
    plain = weights_of(learnt(target))
    others = weights_of(learnt(target, labels=torch.arange(60) % 3))
    blind = weights_of(learnt(LabelsOnly(target, torch.float32)))
    for name, weights in plain.items():
        assert torch.equal(weights, others[name]) and torch.equal(weights, blind[name])


def test_a_seed_is_a_substitute():
    target = Remembering().model
    first, again, other = (weights_of(learnt(target, seed=seed)) for seed in (0, 0, 1))
    assert all(torch.equal(weights, again[name]) for name, weights in first.items())
    assert any(not torch.equal(weights, other[name]) for name, weights in first.items())
