"""Techniques that are no neural networks: they answer as scikit-learn does, and their gradients lead somewhere."""

import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from transfer.architectures._fitted import fitted, pixel_rows
from transfer.architectures.decision_tree import decision_tree
from transfer.architectures.knn import knn
from transfer.architectures.logistic_regression import logistic_regression
from transfer.architectures.mlp import mlp
from transfer.architectures.random_forest import random_forest
from transfer.architectures.ridge import ridge
from transfer.architectures.svm import svm
from transfer.attacks.fgsm import fgsm
from transfer.datasets.mnist import mnist
from transfer.draws import Draws
from transfer.errors import EnvironmentProblem
from transfer.recipes.fit import fit
from transfer.recipes.sgd import sgd
from transfer.train import Autocast, build, frozen, logits_of, pixels, train, weights_of

SHAPE, CLASSES = (1, 28, 28), 10
TECHNIQUES = {
    "knn": (knn, {}),
    "svm": (svm, {}),
    "svm rbf": (svm, {"kernel": "rbf"}),
    "decision_tree": (decision_tree, {}),
    "random_forest": (random_forest, {"trees": 10}),
    "logistic_regression": (logistic_regression, {"weight_decay": 1e-2}),
    "ridge": (ridge, {}),
}
TREES = ("decision_tree", "random_forest")
WITH_GRADIENT = [name for name in TECHNIQUES if name not in TREES]


def digits(part, count):
    images, labels = mnist(part=part)
    return torch.tensor(images[:count]), torch.tensor(labels[:count])


SEEN, UNSEEN = digits("train", 1000), digits("test", 1000)


def untrained(name, seed=0, **settings):
    architecture, own = TECHNIQUES[name]
    return build(architecture, own | settings, SHAPE, CLASSES, seed)


def made(name, seed=0, **settings):
    return train(untrained(name, seed, **settings), fit, {}, *SEEN, seed=seed)


@pytest.fixture(scope="module")
def models():
    return {name: made(name) for name in TECHNIQUES}


def estimator(model, name):
    """What scikit-learn makes of the same images with the same settings and seed."""
    seed = int(Draws("recipe 0", [0]).below(2**31 - 1)[0])
    if name == "svm rbf":
        return OneVsRestClassifier(SVC(C=model.cost, gamma=float(model.gamma)))
    return model.estimators(seed) if name in TREES else model.estimator(len(SEEN[1]), seed)


@pytest.mark.parametrize("name", [name for name in TECHNIQUES if name != "knn"])
def test_it_predicts_what_scikit_learn_predicts(models, name):
    theirs = fitted(estimator(models[name], name), *SEEN).predict(pixel_rows(UNSEEN[0]))
    found = logits_of(models[name], UNSEEN[0], 250).argmax(dim=1).numpy()
    assert np.array_equal(found, theirs)
    assert (found == UNSEEN[1].numpy()).mean() > 0.6


@pytest.mark.parametrize("neighbours", [1, 4])
def test_neighbours_vote_as_scikit_learn_s_do_and_the_nearest_decides_a_tie(neighbours):
    found = logits_of(made("knn", neighbours=neighbours), UNSEEN[0], 250).argmax(dim=1).numpy()
    theirs = KNeighborsClassifier(neighbours).fit(pixel_rows(SEEN[0]), SEEN[1].numpy())
    votes = SEEN[1].numpy()[theirs.kneighbors(pixel_rows(UNSEEN[0]))[1]]  # the nearest first
    counts = (votes[:, :, None] == np.arange(CLASSES)).sum(axis=1)
    is_most = counts == counts.max(axis=1, keepdims=True)
    is_tied = is_most.sum(axis=1) > 1
    assert is_tied.any() == (neighbours > 1)
    assert np.array_equal(found[~is_tied], theirs.predict(pixel_rows(UNSEEN[0]))[~is_tied])
    decided = [next(label for label in row if most[label]) for row, most in zip(votes, is_most, strict=True)]
    assert np.array_equal(found, decided)


@pytest.mark.parametrize(
    "name", [name for name in TECHNIQUES if name != "svm rbf"]
)  # three seconds, drawn from nothing
def test_the_same_seed_gives_the_same_bytes_and_a_file_gives_it_back(models, name):
    held = save(weights_of(models[name]))
    assert held == save(weights_of(made(name)))
    again = untrained(name, seed=5)
    again.load_state_dict(load(held))
    assert torch.equal(logits_of(frozen(again), UNSEEN[0], 250), logits_of(models[name], UNSEEN[0], 250))


@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_the_gradient_is_that_of_the_logits(models, name):
    """Against differences, in float64, where no vote changes."""
    model = models[name].double()
    images = pixels(UNSEEN[0][:3], torch.float64).requires_grad_()
    labels = model(images).argmax(dim=1)
    (gradient,) = torch.autograd.grad(model(images).gather(1, labels[:, None]).sum(), images)
    direction = torch.randn(images.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    up, down = (model(images.detach() + step * direction).gather(1, labels[:, None])[:, 0] for step in (1e-6, -1e-6))
    model.float()
    assert torch.allclose((up - down) / 2e-6, (gradient * direction).sum(dim=(1, 2, 3)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_a_step_along_its_gradient_fools_it_more_than_noise(models, name):
    model, clean, labels = models[name], pixels(UNSEEN[0][:200]), UNSEEN[1][:200]
    right = model(clean).argmax(dim=1) == labels
    crafted = fgsm(model, clean, labels, epsilon=0.3)
    noise = (clean + 0.3 * Draws("noise", range(200)).signs(*SHAPE).float()).clamp(0, 1)
    fooled, by_noise = ((model(images).argmax(dim=1) != labels)[right].float().mean() for images in (crafted, noise))
    assert fooled > by_noise + 0.2


def test_where_votes_and_smoothed_answer_differ_the_votes_decide(models):
    model = models["knn"]
    logits = logits_of(model, UNSEEN[0], 250)
    smooth = made("knn", neighbours=1000)  # then everybody votes, and the commonest class wins
    commonest = int(SEEN[1].bincount().argmax())
    assert (logits_of(smooth, UNSEEN[0], 250).argmax(dim=1) == commonest).all()
    images = pixels(UNSEEN[0][:200])
    lifted, plain = (torch.autograd.functional.vjp(one, images, torch.ones(200, 10))[1] for one in (smooth, model))
    assert torch.equal(lifted, plain) and logits.isfinite().all()


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_recipe_for_networks_is_refused(name):
    with pytest.raises(TypeError, match="give it the recipe 'fit'"):
        train(untrained(name), sgd, {"epochs": 1}, *SEEN, seed=0)


def test_a_network_does_not_fit_itself():
    with pytest.raises(TypeError, match="Sequential does not fit itself; give it a recipe that trains it"):
        train(build(mlp, {}, SHAPE, CLASSES), fit, {}, *SEEN, seed=0)


def test_a_class_without_images_is_told():
    own = SEEN[1] != 3
    with pytest.raises(ValueError, match="class 3 has none of the 907 images; fit Ridge on a split that holds all"):
        train(untrained("ridge"), fit, {}, SEEN[0][own], SEEN[1][own], seed=0)


def test_a_fit_that_comes_to_no_end_is_told():
    with pytest.raises(ValueError, match="came to no end in 2 iterations; let it take more, or regularise it more"):
        made("logistic_regression", iterations=2)


def test_a_missing_scikit_learn_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    with pytest.raises(EnvironmentProblem, match=r"U092.*pip install 'transfer-study\[models\]'"):
        made("decision_tree")


@pytest.mark.parametrize("name", ["svm", "logistic_regression", "ridge"])
def test_of_two_classes_the_side_of_the_plane_decides(name):
    own = SEEN[1] < 2
    model = build(TECHNIQUES[name][0], {}, SHAPE, 2)
    model = train(model, fit, {}, SEEN[0][own], SEEN[1][own], seed=0)
    shown = UNSEEN[1] < 2
    logits = logits_of(model, UNSEEN[0][shown], 250)
    assert (logits.argmax(dim=1) == UNSEEN[1][shown]).float().mean() > 0.98
    assert torch.allclose(logits[:, 0], -logits[:, 1], atol=1e-5)


@pytest.mark.parametrize("name", ["knn", "svm rbf"])
def test_distances_keep_their_digits_where_products_are_in_bfloat16(models, name):
    plain, rounded = (logits_of(one, UNSEEN[0][:100], 50) for one in (models[name], Autocast(models[name])))
    assert (plain.argmax(dim=1) == rounded.argmax(dim=1)).float().mean() > 0.97
