"""The universal perturbation, and the controls that are made from another craft."""

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from tests.studies import finished, planned, write
from tests.transfer.attacks.planes import SHAPE, Plane, images, network
from transfer import datasets
from transfer.attacks.other_image import other_image
from transfer.attacks.sign_shuffled import sign_shuffled
from transfer.attacks.uap import uap
from transfer.balls import ball
from transfer.craft import Given, craft
from transfer.draws import Draws
from transfer.shapes import Pool
from transfer.study import StudyError, read


def universal(model, pictures, labels=None, *, batch=64, norm="linf", ids=None, seed=0, **settings):
    labels = model(pictures).argmax(dim=1) if labels is None else labels
    given = Given([model], pictures, labels, torch.arange(len(pictures)) if ids is None else ids)
    return craft(uap, given, {"epsilon": 0.1, "norm": norm, **settings}, seed=seed, batch=batch, norm=norm)


def test_the_universal_perturbation_is_one_for_all_images_whatever_the_batch():
    model, pictures = network("lenet"), images(23)
    whole, split = (universal(model, pictures, batch=batch) for batch in (64, 5))
    moved = whole.images - pictures
    assert torch.allclose(moved, moved[:1].expand_as(moved), atol=1e-12) and moved.abs().amax() > 0.01
    assert torch.equal(whole.images, split.images)
    assert whole.gradients.tolist() == split.gradients.tolist() == [10] * 23  # an epoch is a gradient an image
    assert whole.flat is None


class Asked(nn.Module):
    """A model that notes how often it is asked."""

    def __init__(self, model):
        super().__init__()
        self.model, self.calls = model, 0

    def forward(self, pictures):
        self.calls += 1
        return self.model(pictures)


def test_the_universal_perturbation_is_made_once_for_all_batches():
    asked, pictures = Asked(network()), images(12)
    labels = asked.model(pictures).argmax(dim=1)
    universal(asked, pictures, labels, batch=1, epochs=3, minibatch=4)
    assert asked.calls == 9


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_universal_perturbation_of_a_plane_is_the_steepest_step_away_from_its_side(norm):
    plane, pictures = Plane(), images(30)
    same = pictures[plane.value(pictures) > 0]
    moved = universal(plane, same, norm=norm, most_loss=1e6).images - same
    exact = -0.1 * ball(norm).steepest(plane.weight[None])
    assert torch.allclose(moved, exact.expand_as(moved), atol=1e-9)


def test_an_image_that_is_fooled_for_certain_counts_no_more():
    plane, pictures = Plane(), images(30)
    side = plane.value(pictures) > 0
    one, others = pictures[side][:1], pictures[~side][:6]
    both = torch.cat([one, others])
    labels = torch.cat([torch.ones(1), torch.ones(6)]).long()  # six of a class that they are not taken for
    cut = universal(plane, both, labels, most_loss=1e-6).images - both
    assert torch.equal(cut, torch.zeros_like(cut))  # every image has more loss than that already
    uncut = universal(plane, both, labels, most_loss=1e6).images - both
    assert uncut.abs().amax() > 0.05


def test_the_order_of_minibatches_is_drawn_from_seed_and_images():
    model, pictures = network("lenet"), images(12)
    first, again, other = (universal(model, pictures, seed=seed, minibatch=3).images for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    moved = universal(model, pictures, ids=torch.arange(12) + 100, minibatch=3).images
    assert not torch.equal(first, moved)


def test_the_universal_perturbation_fools_more_images_than_noise_of_its_size():
    model, pictures = network(), images(60)
    labels = model(pictures).argmax(dim=1)
    crafted = universal(model, pictures, labels).images
    signs = Draws("signs", range(60)).signs(*SHAPE)
    noisy = (pictures + 0.1 * signs).clamp(0, 1)
    fooled, by_noise = ((model(shown).argmax(dim=1) != labels).double().mean() for shown in (crafted, noisy))
    assert fooled > by_noise + 0.2


def perturbed(count, norm):
    """Images, the second half of them black and white, and perturbations that stay in the box."""
    pictures = images(count)
    pictures[count // 2 :] = pictures[count // 2 :].round()
    draws = Draws("perturbations", range(count))
    drawn = draws.signs(*SHAPE) if norm == "linf" else draws.normal(*SHAPE)
    return pictures, (pictures + 0.05 * drawn).clamp(0, 1) - pictures


@pytest.mark.parametrize("norm", ["linf", "l2", "rms"])
def test_shuffled_signs_are_anyones_and_sizes_are_the_perturbations(norm):
    pictures, perturbations = perturbed(40, norm)
    shuffled = sign_shuffled(pictures, perturbations, norm=norm, draws=Draws(0, range(40))) - pictures
    assert torch.allclose(ball(norm).size(shuffled), ball(norm).size(perturbations), rtol=1e-5)
    assert (pictures + shuffled).amin() >= 0 and (pictures + shuffled).amax() <= 1
    # Nothing was clipped on the grey images: each pixel has its own size.
    grey, kept = shuffled[:20], perturbations[:20]
    assert torch.allclose(grey.abs(), kept.abs(), atol=1e-7)
    assert 0.48 < (grey.sign() == kept.sign()).double().mean() < 0.52
    # On black and white half of the signs lead out of the box; but for linf the others make up for them.
    ratio = (shuffled[20:] / perturbations[20:])[perturbations[20:] != 0]
    assert (ratio == 0).double().mean() == pytest.approx(0.5, abs=0.05)
    assert ratio[ratio > 0].mean() == pytest.approx(1.0 if norm == "linf" else 2**0.5, abs=0.05)


def test_no_perturbation_has_no_signs_to_shuffle():
    pictures = images(3)
    for norm in ("linf", "rms"):
        nothing = sign_shuffled(pictures, torch.zeros_like(pictures), norm=norm, draws=Draws(0, range(3)))
        assert torch.equal(nothing, pictures)


def numbered(count):
    """Grey images, and perturbations that say whose they are."""
    own = torch.arange(count).double().reshape(-1, 1, 1, 1).expand(-1, *SHAPE) / 100
    return torch.full((count, *SHAPE), 0.5).double(), own


def test_every_image_gets_the_perturbation_of_another_one_and_of_each_as_often():
    pictures, own = numbered(8)
    ids = torch.arange(8) * 3 + 5
    pool = Pool(pictures, torch.zeros(8).long(), own, ids)
    counts = torch.zeros(8, 8)
    for seed in range(400):
        given = other_image(pictures, ids, pool, draws=Draws(seed, ids.tolist())) - pictures
        whose = (given[:, 0, 0, 0] * 100).round().long()
        counts[torch.arange(8), whose] += 1
    assert (counts.diagonal() == 0).all()
    assert (counts + 57 * torch.eye(8)).amin() > 30  # 57 are expected


def test_another_images_perturbation_does_not_depend_on_the_batch():
    pictures, own = numbered(8)
    given = Given([], pictures, torch.zeros(8).long(), torch.arange(8) + 20, perturbations=own)
    whole, split = (craft(other_image, given, {}, seed=0, batch=batch).images for batch in (8, 3))
    assert torch.equal(whole, split)
    assert ((whole - pictures - own).abs().amax(dim=(1, 2, 3)) > 1e-3).all()


def test_an_image_alone_has_no_other_and_without_a_craft_there_is_no_perturbation():
    pictures, own = numbered(1)
    given = Given([], pictures, torch.zeros(1).long(), torch.zeros(1).long(), perturbations=own)
    with pytest.raises(ValueError, match="at least 2 images"):
        craft(other_image, given, {}, seed=0, batch=1)
    with pytest.raises(LookupError, match="name it under 'controls'"):
        craft(other_image, given._replace(perturbations=None), {}, seed=0, batch=1)


STUDY = """
title: Controls of every kind
data: mnist
splits: {A: 400}
models:
  linear: {architecture: linear, recipe: {name: adam, epochs: 2, batch: 50, learning_rate: 0.01}, split: A}
attacks:
  fgsm: {epsilon: 0.1}
  ddn: {steps: 5}
controls: [noise, sign_shuffled, other_image]
images: {test: 40}
"""


def test_the_controls_stand_beside_every_craft_of_a_study(tmp_path):
    study, store = finished(tmp_path, STUDY)
    shown = planned(study).crafts
    held = {one.task.id: load_file(store.fetch(store.record("craft", one.task.id), "images")) for one in shown}
    clean = torch.tensor(datasets.load(study.data, "test")[0]).float() / 255
    for one in shown:
        if one.control not in ("sign_shuffled", "other_image"):
            continue
        own, base = (held[task.id] for task in (one.task, one.task.like))
        pictures = clean[own["image"].long()]
        moved, attack = own["crafted"] - pictures, base["crafted"] - pictures
        if one.control == "other_image":
            whose = (own["crafted"][:, None] - (pictures[:, None] + attack[None]).clamp(0, 1)).abs().flatten(2).amax(2)
            assert (whose.amin(dim=1) < 1e-6).all() and (whose.argmin(dim=1) != torch.arange(len(own["image"]))).all()
        else:
            norm = one.norm or "rms"
            assert torch.allclose(ball(norm).size(moved), ball(norm).size(attack), rtol=1e-3)
            assert (moved * attack < 0).any()
    controls = ("noise", "sign_shuffled", "other_image")
    names = [(one.attack, one.control) for one in shown if one.role == "control"]
    assert sorted(names) == sorted((attack, control) for attack in ("ddn", "fgsm") for control in controls)
    with pytest.raises(StudyError, match="name it under 'controls'"):
        read(write(tmp_path, STUDY.replace("  ddn: {steps: 5}", "  other_image: {}"), name="wrong"))
