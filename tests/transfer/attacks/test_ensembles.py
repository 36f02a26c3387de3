"""Attacks on several networks: where they are fused, in which order they are visited, what is left with only one."""

import inspect

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import CLASSES, Plane, images, network
from transfer import catalog
from transfer.attacks._ascend import ascend
from transfer.attacks._ensemble import fused_gradient, mean_probabilities
from transfer.attacks.cwa import cwa
from transfer.attacks.ensemble import ensemble
from transfer.attacks.ensemble_adam import ensemble_adam
from transfer.attacks.mi_fgsm import mi_fgsm
from transfer.attacks.smer import log_cross_entropy, reward_slope, smer
from transfer.attacks.svre import svre
from transfer.craft import Given, craft, norm_of, random_wrong
from transfer.draws import Draws
from transfer.losses import LOSSES, loss_gradient

FUSES = ("logits", "probabilities", "losses")
ATTACKS = [catalog.load("attacks", name) for name in catalog.names("attacks")]
ON_SEVERAL = [attack for attack in ATTACKS if "models" in inspect.signature(attack).parameters]
BOUNDED = [attack for attack in ON_SEVERAL if norm_of(attack, {}) == "linf"]


def name_of(attack):
    return attack.__name__


def networks(count=3, kind="mlp"):
    return [network(kind, seed=seed) for seed in range(count)]


def answers(models, pictures):
    return torch.stack([model(pictures) for model in models]).mean(dim=0).argmax(dim=1)


def crafted(attack, models, pictures, *, ids=None, goals=None, batch=64, kept=(), **settings):
    ids = torch.arange(len(pictures)) if ids is None else ids
    settings = {**({"epsilon": 0.05} if attack in BOUNDED else {}), **settings}
    given = Given(models, pictures, answers(models, pictures), ids, goals)
    return craft(attack, given, settings, seed=0, batch=batch, norm=norm_of(attack, settings), steps=kept)


class Constant(nn.Module):
    """Answers the same logits for every image."""

    def __init__(self, *logits):
        super().__init__()
        self.logits = torch.tensor(logits, dtype=torch.float64)

    def forward(self, pictures):
        return self.logits.expand(len(pictures), -1) + 0 * pictures.sum(dim=(1, 2, 3))[:, None]


class Scaled(nn.Module):
    """A network that is so many times as sure of itself."""

    def __init__(self, model, scale):
        super().__init__()
        self.model, self.scale = model, scale

    def forward(self, pictures):
        return self.scale * self.model(pictures)


class Counted(nn.Module):
    """A network that writes its number down whenever it is asked for a gradient."""

    def __init__(self, model, number, visits):
        super().__init__()
        self.model, self.number, self.visits = model, number, visits

    def forward(self, pictures):
        if pictures.requires_grad:
            self.visits.append(self.number)
        return self.model(pictures)


# Where the networks are fused.


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fuse", FUSES)
def test_one_network_is_attacked_as_mi_fgsm_attacks_it_wherever_it_is_fused(fuse, loss):
    model, pictures = network("lenet"), images(4)
    labels = model(pictures).argmax(dim=1)
    goals = random_wrong(labels, CLASSES, torch.arange(4), 0)
    settings = {"epsilon": 0.05, "loss": loss, "goals": goals}
    assert torch.equal(
        ensemble([model], pictures, labels, fuse=fuse, **settings), mi_fgsm(model, pictures, labels, **settings)
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("fuse", FUSES)
def test_networks_that_agree_are_as_one(fuse, loss):
    model, pictures = network("lenet"), images(4)
    labels = model(pictures).argmax(dim=1)
    goals = random_wrong(labels, CLASSES, torch.arange(4), 0)
    alone = loss_gradient(model, labels, goals=goals, loss=loss)(pictures)
    fused = fused_gradient([model] * 3, labels, fuse=fuse, goals=goals, loss=loss)(pictures)
    assert torch.allclose(fused, alone, rtol=1e-8, atol=1e-12)


def test_logits_are_fused_as_mi_fgsm_attacks_the_model_of_the_mean_logits():
    models, pictures = networks(), images(4)
    labels = answers(models, pictures)
    ours = ensemble(models, pictures, labels, epsilon=0.05)
    mean = mi_fgsm(lambda seen: sum(model(seen) for model in models) / 3, pictures, labels, epsilon=0.05)
    assert torch.allclose(ours, mean, atol=1e-12)


def test_losses_are_fused_as_the_sum_of_the_single_gradients():
    models, pictures = networks(), images(4)
    labels = answers(models, pictures)
    single = [loss_gradient(model, labels)(pictures) for model in models]
    fused = fused_gradient(models, labels, fuse="losses")(pictures)
    assert torch.allclose(fused, sum(single) / 3, rtol=1e-12)


def test_two_planes_are_fused_at_each_place_as_the_derivatives_on_paper_say():
    planes, pictures = [Plane(0), Plane(1)], images(5)
    pictures[:, :, :4] *= 0.1  # away from the planes, where the three differ
    values = torch.stack([plane.value(pictures) for plane in planes])
    weights = torch.stack([plane.weight for plane in planes])
    labels = torch.ones(5, dtype=torch.long)
    right = values.sigmoid()

    def along(shares):
        return -torch.einsum("mi,mchw->ichw", shares, weights)

    logits = along((1 - values.mean(dim=0).sigmoid()).expand(2, -1) / 2)
    probabilities = along(right * (1 - right) / right.sum(dim=0))
    losses = along((1 - right) / 2)
    for fuse, expected in {"logits": logits, "probabilities": probabilities, "losses": losses}.items():
        assert torch.allclose(fused_gradient(planes, labels, fuse=fuse)(pictures), expected, rtol=1e-9), fuse
    assert not torch.allclose(logits, probabilities, rtol=0.1)


def test_mean_probabilities_are_those_of_liu_and_not_the_softmax_of_mean_logits():
    sure, unsure = Constant(9.0, 0.0, 0.0)(images(1)), Constant(0.0, 2.0, 0.0)(images(1))
    expected = (sure.softmax(dim=1) + unsure.softmax(dim=1)) / 2
    assert torch.allclose(mean_probabilities([sure, unsure]).softmax(dim=1), expected, rtol=1e-12)
    assert not torch.allclose(((sure + unsure) / 2).softmax(dim=1), expected, atol=0.1)


def test_probabilities_too_small_for_a_number_still_have_a_gradient():
    models = [Scaled(network(dtype=torch.float32, seed=seed), 1e3) for seed in range(3)]
    pictures = images(4, torch.float32)
    labels = answers(models, pictures)
    goals = random_wrong(labels, CLASSES, torch.arange(4), 0)
    gradient = fused_gradient(models, labels, fuse="probabilities", goals=goals)(pictures)
    assert gradient.isfinite().all() and (gradient.flatten(1).abs().amax(dim=1) > 0).all()


def test_a_place_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(LookupError, match=r"'weights'\. Known: logits, probabilities, losses"):
        fused_gradient(networks(), torch.zeros(1).long(), fuse="weights")


def test_several_planes_are_fooled_exactly_when_the_budget_allows_it_for_their_mean():
    planes, pictures = [Plane(seed) for seed in range(3)], images(16)
    value = torch.stack([plane.value(pictures) for plane in planes]).mean(dim=0)
    mean = torch.stack([plane.weight for plane in planes]).mean(dim=0)
    needed, labels = value.abs() / mean.abs().sum(), (value > 0).long()
    assert torch.equal(answers(planes, pictures), labels)
    for share, is_fooled in ((0.98, False), (1.02, True)):
        for one in (needed > 1e-3).nonzero()[:, 0]:
            picture, label = pictures[one : one + 1], labels[one : one + 1]
            attacked = ensemble(planes, picture, label, epsilon=share * needed[one].item())
            assert (answers(planes, attacked) != label).item() == is_fooled


# Every attack on several networks.


@pytest.mark.parametrize("attack", ON_SEVERAL, ids=name_of)
def test_an_image_is_attacked_alike_alone_in_company_and_after_others(attack):
    models, pictures = networks(), images(5)
    together = crafted(attack, models, pictures, steps=2).images
    by_threes = crafted(attack, models, pictures, steps=2, batch=3).images
    alone = [crafted(attack, models, pictures[i : i + 1], ids=torch.tensor([i]), steps=2).images for i in range(5)]
    for apart in (torch.cat(alone), by_threes):
        close = (together - apart).abs().flatten(1) < 1e-9
        assert close.double().mean() > 0.995  # a sign at zero may fall either way


@pytest.mark.parametrize("attack", ON_SEVERAL, ids=name_of)
def test_goals_are_approached_by_the_ensemble(attack):
    models, pictures = networks(), images(12)
    labels = answers(models, pictures)
    goals = random_wrong(labels, CLASSES, torch.arange(12), 0)

    def reached(seen):
        return torch.stack([model(seen) for model in models]).mean(dim=0).log_softmax(dim=1).gather(1, goals[:, None])

    assert (reached(crafted(attack, models, pictures, goals=goals).images) > reached(pictures) + 0.5).all()


COSTS = [
    (ensemble, {"steps": 2, "fuse": "probabilities"}, 2 * 3),
    (ensemble, {"steps": 2, "fuse": "losses"}, 2 * 3),
    (svre, {"steps": 1, "inner_steps": 1}, 3 + 1 + 1),
    (svre, {"steps": 1, "inner_steps": 60}, 3 + 3 + 60),  # each network is met once in 60
    (cwa, {"steps": 2}, 2 * (3 + 3)),
    (smer, {"steps": 2}, 2 * 4 * 3),
    (ensemble_adam, {"steps": 2}, 2 * 3),
    (ensemble_adam, {"steps": 2, "fuse": "updates"}, 2 * 3),
]


@pytest.mark.parametrize(("attack", "settings", "expected"), COSTS, ids=lambda value: getattr(value, "__name__", None))
def test_gradients_are_counted_for_each_network(attack, settings, expected):
    assert crafted(attack, networks(), images(4), **settings).gradients.tolist() == [expected] * 4


@pytest.mark.parametrize("attack", ON_SEVERAL, ids=name_of)
def test_every_step_is_told_of(attack):
    models, pictures = networks(2), images(3)
    made = crafted(attack, models, pictures, kept=(1, 2, 4), steps=4)
    assert torch.equal(made.iterates[4].images, made.images)
    assert 0 < made.iterates[1].gradients[0] < made.iterates[2].gradients[0] < made.gradients[0]


@pytest.mark.parametrize("attack", BOUNDED, ids=name_of)
def test_one_network_without_gradients_leaves_the_others_theirs(attack):
    flat = network(seed=5)
    for parameter in flat.parameters():
        parameter.data.zero_()
    attacked = crafted(attack, [flat, network()], images(4)).images
    assert attacked.isfinite().all()
    assert ((attacked - images(4)).abs().flatten(1).amax(dim=1) > 0.04).all()


# The order in which networks are visited.


@pytest.mark.parametrize("attack", [svre, smer], ids=name_of)
def test_the_order_is_that_of_its_seed_and_the_same_for_all_images(attack):
    pictures = images(5)
    seen = []
    for seed, part in ((0, pictures), (0, pictures[:2]), (1, pictures)):
        visits = []
        models = [Counted(model, number, visits) for number, model in enumerate(networks())]
        attack(models, part, answers(networks(), part), epsilon=0.05, steps=3, order_seed=seed)
        seen.append(visits)
    assert seen[0] == seen[1] and seen[0] != seen[2]


def test_smer_visits_every_network_once_a_round_in_orders_that_change():
    visits = []
    models = [Counted(model, number, visits) for number, model in enumerate(networks(4))]
    smer(models, images(2), torch.zeros(2).long(), epsilon=0.05, steps=3, rounds=5)
    rounds = torch.tensor(visits).reshape(15, 4)
    assert torch.equal(rounds.sort(dim=1).values, torch.arange(4).expand(15, 4))
    assert len(rounds.unique(dim=0)) > 5


def test_svre_draws_networks_with_repetition():
    visits = []
    models = [Counted(model, number, visits) for number, model in enumerate(networks(4))]
    svre(models, images(2), torch.zeros(2).long(), epsilon=0.05, steps=1, inner_steps=400)
    counts = torch.tensor(visits[-400:]).bincount(minlength=4)
    assert (counts > 60).all() and (counts < 140).all()


# What each attack is when its trick is switched off, and what its algorithm gives by hand.


@pytest.mark.parametrize("inner_steps", [0, 1])
@pytest.mark.parametrize("count", [1, 3])
def test_svre_with_nothing_ahead_is_mi_fgsm_on_the_mean_logits(count, inner_steps):
    models, pictures = networks(count), images(4)
    labels = answers(models, pictures)
    expected = ensemble(models, pictures, labels, epsilon=0.05)
    assert torch.allclose(svre(models, pictures, labels, epsilon=0.05, inner_steps=inner_steps), expected, atol=1e-12)


def test_svre_on_planes_of_constant_slope_has_no_variance_left():
    planes, pictures = [Plane(seed) for seed in range(3)], images(4)
    labels = answers(planes, pictures)
    settings = {"epsilon": 0.05, "loss": "margin"}
    expected = ensemble(planes, pictures, labels, **settings)
    single = mi_fgsm(planes[0], pictures, labels, **settings)
    for seed in range(3):
        assert torch.allclose(svre(planes, pictures, labels, order_seed=seed, **settings), expected, atol=1e-9)
    assert not torch.allclose(single, expected, atol=1e-3)


def slope(model, picture, label):
    """The gradient of one image's cross entropy, by nothing that the attacks are made of."""
    asked = picture.clone().requires_grad_()
    return torch.autograd.grad(nn.functional.cross_entropy(model(asked), label), asked)[0]


def clip(there, picture, epsilon):
    return there.clamp(picture - epsilon, picture + epsilon).clamp(0, 1)


def test_svre_is_its_algorithm_one_image_at_a_time():
    models, pictures, epsilon, steps = networks(kind="lenet"), images(3), 0.05, 3
    pictures[:, :, :5] = 0.0  # the box is felt
    labels = answers(models, pictures)
    orders = Draws("svre 7", range(steps)).below(3, 5).tolist()
    expected = []
    for picture, label in zip(pictures.split(1), labels.split(1), strict=True):
        there, outer = picture, 0
        for order in orders:
            shared = slope(lambda seen: sum(model(seen) for model in models) / 3, there, label)
            ahead, inner = there, 0
            for k in order:
                reduced = slope(models[k], ahead, label) - (slope(models[k], there, label) - shared)
                inner = inner + reduced / reduced.abs().sum()
                ahead = clip(ahead + epsilon / steps * inner.sign(), picture, epsilon)
            outer = outer + inner / inner.abs().sum()
            there = clip(there + epsilon / steps * outer.sign(), picture, epsilon)
        expected.append(there)
    made = svre(models, pictures, labels, epsilon=epsilon, steps=steps, inner_steps=5, order_seed=7)
    assert torch.allclose(made, torch.cat(expected), atol=1e-9)


def test_cwa_is_its_algorithm_one_image_at_a_time():
    models, pictures, epsilon, steps = networks(kind="lenet"), images(3), 0.05, 4
    pictures[:, :, :5] = 0.0
    labels = answers(models, pictures)
    expected = []
    for picture, label in zip(pictures.split(1), labels.split(1), strict=True):
        there, inner, outer = picture, 0, 0
        for _ in range(steps):
            fused = slope(lambda seen: sum(model(seen) for model in models) / 3, there, label)
            ahead = clip(there - epsilon / 15 * fused.sign(), picture, epsilon)
            for model in models:
                single = slope(model, ahead, label)
                inner = inner + single / single.square().sum().sqrt()
                ahead = clip(ahead + 50 * inner, picture, epsilon)
            outer = outer + (ahead - there)
            there = clip(there + epsilon / 5 * outer.sign(), picture, epsilon)
        expected.append(there)
    made = cwa(models, pictures, labels, epsilon=epsilon, steps=steps)
    assert torch.allclose(made, torch.cat(expected), atol=1e-9)


def test_cwa_with_one_network_no_step_back_and_no_memory_is_iterative_fgsm():
    model, pictures = network("lenet"), images(4)
    labels = model(pictures).argmax(dim=1)
    made = cwa([model], pictures, labels, epsilon=0.05, decay=0.0, relative_reverse=0.0)
    gradient = loss_gradient(model, labels)
    expected = ascend(gradient, pictures, norm="linf", epsilon=0.05, steps=10, step_size=0.01)
    assert torch.allclose(made, expected, atol=1e-12)


def test_cwa_steps_back_before_it_looks_at_the_single_networks():
    asked = []

    def looked_at(seen):
        asked.append(seen.detach())
        return network()(seen)

    pictures = images(2)
    labels = network()(pictures).argmax(dim=1)
    cwa([looked_at], pictures, labels, epsilon=0.06, steps=1, relative_reverse=0.5)
    uphill = loss_gradient(network(), labels)(pictures)
    assert torch.allclose(asked[1] - asked[0], -0.03 * uphill.sign(), atol=1e-12)


def test_smer_with_one_network_and_one_visit_is_mi_fgsm():
    model, pictures = network("lenet"), images(4)
    labels = model(pictures).argmax(dim=1)
    made = smer([model], pictures, labels, epsilon=0.05, rounds=1)
    assert torch.allclose(made, mi_fgsm(model, pictures, labels, epsilon=0.05), atol=1e-12)


def test_smer_is_its_algorithm_one_image_at_a_time():
    models, pictures, epsilon, steps, rate = networks(kind="lenet"), images(3), 0.05, 3, 0.1
    labels = answers(models, pictures)
    orders = Draws("smer 0", range(steps)).uniform(2, 3).argsort(dim=2).flatten(1).tolist()
    expected = []
    for picture, label in zip(pictures.split(1), labels.split(1), strict=True):
        weights, there, outer = torch.ones(3, dtype=torch.float64), picture, 0
        for order in orders:
            ahead, inner = there, 0
            for k in order:
                single = slope(Scaled(models[k], weights[k]), ahead, label)
                asked = weights.clone().requires_grad_()
                fused = sum(own * model(ahead) for own, model in zip(asked, models, strict=True)) / 3
                nn.functional.cross_entropy(fused, label).log().backward()
                weights = (weights + rate * asked.grad).clamp_min(0.01)
                weights = weights / weights.mean()
                inner = inner + single / single.abs().sum()
                ahead = clip(ahead + epsilon / steps * inner.sign(), picture, epsilon)
            outer = outer + inner / inner.abs().sum()
            there = clip(there + epsilon / steps * outer.sign(), picture, epsilon)
        assert (weights - 1).abs().max() > 0.05
        expected.append(there)
    made = smer(models, pictures, labels, epsilon=epsilon, steps=steps, rounds=2, learning_rate=rate)
    assert torch.allclose(made, torch.cat(expected), atol=1e-9)


@pytest.mark.parametrize("is_targeted", [True, False])
def test_the_reward_of_a_weight_is_its_finite_difference(is_targeted):
    models, pictures = networks(), images(3)
    labels = answers(models, pictures)
    goals = random_wrong(labels, CLASSES, torch.arange(3), 0) if is_targeted else None
    weights = Draws("weights", range(3)).uniform(3) + 0.5

    def reward(weights):
        fused = sum(own[:, None] * model(pictures) for own, model in zip(weights, models, strict=True)) / 3
        wanted = labels if goals is None else goals
        return nn.functional.cross_entropy(fused, wanted, reduction="none").log() * (1 if goals is None else -1)

    found = reward_slope(models, pictures, weights, labels, goals)
    for k in range(3):
        moved = torch.zeros_like(weights)
        moved[k] = 1e-6
        assert torch.allclose(found[k], (reward(weights + moved) - reward(weights - moved)) / 2e-6, rtol=1e-5)


def test_the_cross_entropy_of_a_sure_network_has_a_logarithm_with_a_slope():
    behind = torch.tensor([-60.0, -20.0, 0.0, 20.0])
    logits = torch.stack([-behind, torch.zeros(4)], dim=1).requires_grad_()
    found = log_cross_entropy(logits, torch.zeros(4, dtype=torch.long))
    expected = nn.functional.softplus(behind.double()).log().float()
    assert torch.allclose(found, expected, rtol=1e-5)
    assert (torch.autograd.grad(found.sum(), logits)[0][:, 0] < -0.04).all()


def test_smer_never_turns_a_network_round_however_fast_its_weights_learn():
    models, pictures = [Scaled(model, 5.0) for model in networks()], images(8)
    labels = answers(models, pictures)
    made = smer(models, pictures, labels, epsilon=0.01, steps=4, learning_rate=10.0)

    def lead(seen):
        logits = torch.stack([model(seen) for model in models]).mean(dim=0)
        return logits.gather(1, labels[:, None])[:, 0] - logits.scatter(1, labels[:, None], -torch.inf).amax(dim=1)

    assert (lead(made) < lead(pictures)).all()


# The optimisation-based attack.


@pytest.mark.parametrize("is_targeted", [True, False])
def test_adam_goes_down_the_mean_probability_of_liu(is_targeted):
    models, pictures = networks(kind="lenet"), images(3)
    labels = answers(models, pictures)
    goals = random_wrong(labels, CLASSES, torch.arange(3), 0) if is_targeted else None
    wanted = labels if goals is None else goals
    asked = pictures.clone().requires_grad_()
    adam = torch.optim.Adam([asked], lr=0.02)
    for _ in range(12):
        adam.zero_grad()
        mean = sum(model(asked).softmax(dim=1) for model in models) / 3
        right = mean.gather(1, wanted[:, None])[:, 0]
        distance = ((asked - pictures).square().mean(dim=(1, 2, 3)) + 1e-30).sqrt()
        (0.3 * distance - (1 - right if goals is None else right).log()).sum().backward()
        adam.step()
        asked.data.clamp_(0, 1)
    settings = {"steps": 12, "learning_rate": 0.02, "distance_weight": 0.3, "goals": goals}
    assert torch.allclose(ensemble_adam(models, pictures, labels, **settings), asked.detach(), atol=1e-5)


def test_the_updates_of_networks_that_agree_add_up():
    plane, pictures = Plane(), images(3)
    labels = plane(pictures).argmax(dim=1)
    uphill = loss_gradient(plane, labels)(pictures).sign()
    settings = {"steps": 1, "learning_rate": 0.01}
    for fuse, times in (("probabilities", 1), ("updates", 3)):
        made = ensemble_adam([plane] * 3, pictures, labels, fuse=fuse, **settings)
        assert torch.allclose(made, pictures + times * 0.01 * uphill, atol=1e-5), fuse


def test_a_distance_that_weighs_more_keeps_the_examples_nearer():
    models, pictures = networks(), images(4)
    sizes = [
        (crafted(ensemble_adam, models, pictures, steps=30, distance_weight=weight).images - pictures)
        .flatten(1)
        .norm(dim=1)
        for weight in (0.0, 3.0, 1e4)
    ]
    assert (sizes[0] > sizes[1]).all() and (sizes[1] > sizes[2]).all()


def test_a_label_that_is_certain_in_float32_is_left_all_the_same():
    models = [Scaled(network(dtype=torch.float32), scale) for scale in (20.0, 40.0)]
    pictures = images(4, torch.float32)
    labels = answers(models, pictures)
    assert (models[0](pictures).softmax(dim=1).amax(dim=1) == 1).any()
    assert (answers(models, ensemble_adam(models, pictures, labels)) != labels).all()


def test_a_pixel_at_the_border_of_the_box_comes_back_when_its_gradient_turns():
    class Turning(nn.Module):
        """Grows with the first pixel as long as the second, which always helps, is low; then it falls with it."""

        def forward(self, seen):
            first, second = seen[:, 0, 0, 0], seen[:, 0, 0, 1]
            value = 8 * second + first * (2 - 6 * second)
            return torch.stack([value, torch.zeros_like(value)], dim=1)

    pictures = torch.tensor([[[[0.9, 0.0]]]], dtype=torch.float64)
    seen = []
    ensemble_adam(
        [Turning()],
        pictures,
        torch.tensor([1]),
        steps=60,
        learning_rate=0.05,
        trace=lambda _, made: seen.append(made.clone()),
    )
    first = torch.cat(seen)[:, 0, 0, 0]
    assert first.max() == 1 and first[-1] < 0.5
