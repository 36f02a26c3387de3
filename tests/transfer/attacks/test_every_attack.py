"""What must hold of every attack of the catalogue: a new file is tested on arrival."""

import inspect

import pytest
import torch

from tests.transfer.attacks.planes import CLASSES, SEE_OTHERWISE, images, network_for, plane_for
from transfer import catalog
from transfer.balls import ball
from transfer.craft import Given, craft, norm_of, random_wrong
from transfer.shapes import Pool

REQUIRED = {"epsilon": 0.05, "rms": 0.05}
SHORTER = {"rap": {"steps": 16, "late_start": 8}}  # of hundreds of steps
SHORTER |= {"sia": {"copies": 3}, "bsr": {"copies": 3}, "admix": {"mixes": 1}}  # of many gradients a step
SHORTER |= {"uap": {"minibatch": 4}}  # than all images: their order is drawn
ATTACKS = [catalog.load("attacks", name) for name in catalog.names("attacks")]
ON_MODELS = [attack for attack in ATTACKS if {"model", "models"} & set(inspect.signature(attack).parameters)]
BOUNDED = [attack for attack in ON_MODELS if norm_of(attack, {}) == "linf"]
ONE_BY_ONE = [attack for attack in BOUNDED if "images" in inspect.signature(attack).parameters]
TARGETED = [attack for attack in ON_MODELS if "goals" in inspect.signature(attack).parameters]


def name_of(attack):
    return attack.__name__


def long_where_it_samples(attack):
    """What asks for many gradients a step is tried one by one by `make long`."""
    is_long = name_of(attack) in ("ssa", "sia", "pgn", "composed", "smer", "vni_fgsm", "vmi_fgsm", "admix", "bsr")
    return pytest.param(attack, marks=pytest.mark.long) if is_long else attack


def settings_of(attack):
    parameters = inspect.signature(attack).parameters
    return {name: REQUIRED[name] for name in parameters if name in REQUIRED} | SHORTER.get(name_of(attack), {})


def needs_goals(attack):
    goals = inspect.signature(attack).parameters.get("goals")
    return goals is not None and goals.default is inspect.Parameter.empty


def run(attack, model, pictures, *, ids=None, goals=None, batch=64, seed=0, **settings):
    settings = {**settings_of(attack), **settings}
    ids = torch.arange(len(pictures)) if ids is None else ids
    labels = model(pictures).argmax(dim=1)
    everybody = images(12, pictures.dtype)
    if needs_goals(attack) and goals is None:
        goals = random_wrong(labels, CLASSES, ids, 0)
    pool = Pool(everybody, model(everybody).argmax(dim=1), 0.02 * everybody)
    given = Given([model], pictures, labels, ids, goals, perturbations=torch.full_like(pictures, 0.01), pool=pool)
    return craft(attack, given, settings, seed=seed, batch=batch, norm=norm_of(attack, settings))


@pytest.mark.parametrize("kind", ["mlp", "lenet"])
@pytest.mark.parametrize("attack", ATTACKS, ids=name_of)
def test_stays_in_the_box_and_the_ball_and_leaves_model_and_images_alone(attack, kind):
    model, pictures = network_for(name_of(attack), kind), images(12)
    pictures[:4] = pictures[:4].round()  # black and white pixels: the box is felt
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    kept = pictures.clone()
    crafted = run(attack, model, pictures).images
    assert crafted.min() >= 0 and crafted.max() <= 1
    norm = norm_of(attack, settings_of(attack))
    if norm:
        assert ball(norm).size(crafted - pictures).max() <= 0.05 + 1e-6
    assert torch.equal(pictures, kept)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("attack", [long_where_it_samples(attack) for attack in ATTACKS], ids=name_of)
def test_an_image_is_attacked_alike_alone_and_in_company(attack):
    model, pictures = network_for(name_of(attack)), images(9)
    together = run(attack, model, pictures)
    alone = [run(attack, model, pictures[i : i + 1], ids=torch.tensor([i])) for i in range(len(pictures))]
    apart = torch.cat([one.images for one in alone])
    close = (together.images - apart).abs().flatten(1).amax(dim=1) < 1e-5
    assert close.double().mean() >= 0.95
    sizes = ball("rms").size(together.images - pictures), ball("rms").size(apart - pictures)
    assert torch.allclose(*sizes, atol=1e-4)
    if together.is_found is not None:
        assert torch.equal(together.is_found, torch.cat([one.is_found for one in alone]))


@pytest.mark.parametrize("attack", ATTACKS, ids=name_of)
def test_the_same_seed_gives_the_same_images_and_another_seed_other_draws(attack):
    model, pictures = network_for(name_of(attack)), images(6)
    first, again, other = (run(attack, model, pictures, seed=seed).images for seed in (0, 0, 1))
    assert torch.equal(first, again)
    if "draws" in inspect.signature(attack).parameters:
        assert not torch.equal(first, other)


@pytest.mark.parametrize("attack", [long_where_it_samples(attack) for attack in ONE_BY_ONE], ids=name_of)
def test_fools_a_plane_exactly_when_the_budget_allows(attack):
    plane, pictures = plane_for(name_of(attack)), images(16)
    labels = plane(pictures).argmax(dim=1)
    needed = plane.distance(pictures, "linf")
    for pictures_, labels_, needed_ in zip(pictures.split(1), labels.split(1), needed, strict=True):
        if not 1e-3 < needed_ < 0.2:
            continue
        below = run(attack, plane, pictures_, epsilon=needed_.item() * 0.98).images
        above = run(attack, plane, pictures_, epsilon=needed_.item() * 1.02).images
        assert plane(below).argmax(dim=1) == labels_
        assert plane(above).argmax(dim=1) != labels_ or name_of(attack) in SEE_OTHERWISE


@pytest.mark.parametrize("attack", TARGETED, ids=name_of)
def test_a_targeted_attack_raises_the_goal(attack):
    model, pictures = network_for(name_of(attack)), images(20)
    labels = model(pictures).argmax(dim=1)
    goals = random_wrong(labels, CLASSES, torch.arange(20), 0)
    before = model(pictures).log_softmax(dim=1).gather(1, goals[:, None])
    after = model(run(attack, model, pictures, goals=goals).images).log_softmax(dim=1).gather(1, goals[:, None])
    assert (after > before).double().mean() > 0.9


@pytest.mark.parametrize("attack", ON_MODELS, ids=name_of)
def test_a_surrogate_without_gradients_gives_no_nan(attack):
    model = network_for(name_of(attack))
    for parameter in model.parameters():
        parameter.data.zero_()
    crafted = run(attack, model, images(4)).images
    assert crafted.isfinite().all()


@pytest.mark.parametrize("attack", BOUNDED, ids=name_of)
def test_a_budget_of_zero_moves_nothing(attack):
    pictures = images(4)
    assert torch.allclose(run(attack, network_for(name_of(attack)), pictures, epsilon=0.0).images, pictures)


@pytest.mark.parametrize("attack", ON_MODELS, ids=name_of)
def test_gradients_are_counted(attack):
    gradients = run(attack, network_for(name_of(attack)), images(4)).gradients
    takes_some = catalog.describe("attacks", name_of(attack)).has_gradient
    assert (gradients > 0).all() if takes_some else (gradients == 0).all()
