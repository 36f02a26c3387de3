"""What an attack may not do is refused before a row is stored."""

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import images, network
from transfer.attacks.lbfgs import lbfgs
from transfer.attacks.pgd import pgd
from transfer.craft import Given, check, craft, eight_bit, norm_of, random_wrong, sizes


def given(count=8):
    model, pictures = network(), images(count)
    return Given([model], pictures, model(pictures).argmax(dim=1), torch.arange(count))


def one(value):
    """An attack that returns the first image changed to `value`."""

    def attack(model, images, labels, *, epsilon=0.1):
        images[0] = value
        return images

    return attack


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        (one(1.5), r"left \[0, 1\] in 1 of 8 images"),
        (one(-0.5), r"left \[0, 1\]"),
        (one(float("nan")), "NaN or infinity in 1 of 8"),
        (one(float("inf")), "NaN or infinity"),
        (one(0.0), "left the linf ball in 1 of 8 images"),
        (lambda model, images, labels: images[:3], r"not torch.float64 \(8, 1, 16, 16\)"),
        (lambda model, images, labels: images.flatten(1), "torch.float64"),
        (lambda model, images, labels: images.float(), "returned torch.float32"),
        (lambda model, images, labels: (images * 255).byte(), "returned torch.uint8"),
        (lambda model, images, labels: None, "returned NoneType"),
        (lambda model, images, labels: images.numpy(), "returned ndarray"),
    ],
)
def test_a_bad_result_is_refused_with_what_was_wrong(attack, message):
    with pytest.raises(ValueError, match=message):
        craft(attack, given(), {"epsilon": 0.1} if norm_of(attack, {}) else {}, seed=0, batch=8, norm="linf")


def test_what_stays_inside_is_let_through():
    clean = images(4)
    check(clean, (clean + 0.1).clamp(0, 1), norm="linf", epsilon=0.1)
    with pytest.raises(ValueError, match="largest"):
        check(clean, (clean + 0.1001).clamp(0, 1), norm="linf", epsilon=0.1)


def test_a_size_per_image_is_held_image_by_image():
    clean = images(2)
    moved = clean + torch.tensor([0.1, 0.2]).double().reshape(2, 1, 1, 1)
    check(clean, moved, norm="rms", epsilon=torch.tensor([0.1, 0.2]))
    with pytest.raises(ValueError, match="in 1 of 2 images"):
        check(clean, moved, norm="rms", epsilon=torch.tensor([0.2, 0.1]))


def test_an_attack_that_changes_its_surrogate_is_refused():
    def attack(model, images, labels):
        next(model.parameters()).add_(1.0)
        return images

    with pytest.raises(RuntimeError, match="changed its surrogate"):
        craft(attack, given(), {}, seed=0, batch=8)


def test_an_attack_that_writes_to_its_input_harms_nobody():
    def attack(model, images, labels):
        images.zero_()
        labels.zero_()
        return images

    study = given()
    before = study.images.clone(), study.labels.clone()
    craft(attack, study, {}, seed=0, batch=3)
    assert torch.equal(study.images, before[0]) and torch.equal(study.labels, before[1])


def test_an_ensemble_is_attacked_through_its_mean_logits():
    models = [network(seed=seed) for seed in (0, 1)]
    pictures = images(3)
    seen = []

    def attack(model, images, labels):
        seen.append(model(images))
        return images

    craft(attack, Given(models, pictures, torch.zeros(3).long(), torch.arange(3)), {}, seed=0, batch=8)
    assert torch.allclose(seen[0], (models[0](pictures) + models[1](pictures)) / 2)


def test_gradients_are_counted_per_image():
    def attack(model, images, labels, *, epsilon):
        for _ in range(3):
            pictures = images.clone().requires_grad_()
            torch.autograd.grad(model(pictures).sum(), pictures)
        model(images)
        return images

    made = craft(attack, given(), {"epsilon": 0.1}, seed=0, batch=4, norm="linf")
    assert made.gradients.tolist() == [3] * 8


def test_a_gradient_of_an_ensemble_costs_one_of_each_network_and_flat_ones_are_told_image_by_image():
    flat = network(seed=1)
    for parameter in flat.parameters():
        parameter.data.zero_()
    models, pictures = [network(), flat], images(4)

    def attack(models, images, labels):
        for one in models:
            asked = images.clone().requires_grad_()
            torch.autograd.grad(one(asked).sum(), asked)
        return images

    def fused(model, images, labels):
        asked = images.repeat(2, 1, 1, 1).requires_grad_()  # two copies of each image at once
        torch.autograd.grad(model(asked).sum(), asked)
        return images

    given = Given(models, pictures, torch.zeros(4).long(), torch.arange(4))
    one_by_one, at_once = (craft(one, given, {}, seed=0, batch=2) for one in (attack, fused))
    assert one_by_one.gradients.tolist() == [2] * 4 and one_by_one.flat.tolist() == [1] * 4
    assert at_once.gradients.tolist() == [4] * 4 and at_once.flat.tolist() == [0] * 4


def test_the_iterates_asked_for_are_those_of_a_shorter_run_of_equal_steps():
    settings = {"epsilon": 0.1, "relative_step": 0.2}
    whole = craft(pgd, given(), {**settings, "steps": 9}, seed=0, batch=3, norm="linf", steps=(2, 5))
    for step in (2, 5):
        short = craft(pgd, given(), {**settings, "steps": step}, seed=0, batch=8, norm="linf")
        assert torch.equal(whole.iterates[step].images, short.images)
        assert whole.iterates[step].gradients.tolist() == [step] * 8
    assert whole.gradients.tolist() == [9] * 8


def test_a_step_that_an_attack_does_not_tell_of_is_said():
    with pytest.raises(ValueError, match="told of no step 3"):
        craft(lambda model, images, labels: images, given(), {}, seed=0, batch=8, steps=(3,))


def test_goals_are_wrong_the_same_for_all_and_spread():
    labels = torch.arange(1000) % 10
    goals = random_wrong(labels, 10, torch.arange(1000), 0)
    assert (goals != labels).all() and goals.min() >= 0 and goals.max() <= 9
    assert torch.equal(goals[500:], random_wrong(labels[500:], 10, torch.arange(500, 1000), 0))
    assert ((goals - labels) % 10).bincount(minlength=10)[1:].min() > 70


def test_eight_bit_images_are_the_nearest_file_values():
    pictures = images(2)
    assert (eight_bit(pictures) * 255 - (pictures * 255).round()).abs().max() < 1e-9
    assert (eight_bit(pictures) - pictures).abs().max() <= 0.5 / 255 + 1e-9


def test_sizes_are_those_of_the_perturbation():
    clean = torch.zeros(1, 1, 2, 2)
    crafted = torch.tensor([[[[0.3, 0.4], [0.0, 0.0]]]])
    found = {name: value.item() for name, value in sizes(clean, crafted).items()}
    assert found == pytest.approx({"rms": 0.25, "linf": 0.4, "l2": 0.5})


def test_an_eval_mode_surrogate_stays_in_eval_mode():
    study = given()
    craft(lambda model, images, labels: images, study, {}, seed=0, batch=8)
    assert not any(part.training for part in study.surrogates[0].modules() if isinstance(part, nn.Linear))


def learners(node):
    """The tensors that a backward pass from here would leave a gradient in."""
    waiting, met, found = [node], set(), []
    while waiting:
        node = waiting.pop()
        if node is None or node in met:
            continue
        met.add(node)
        found += [node.variable] if hasattr(node, "variable") else []
        waiting += [following for following, _ in node.next_functions]
    return found


@pytest.mark.parametrize("kind", ["mlp", "lenet"])
def test_no_gradient_of_a_weight_is_taken_nor_any_node_kept_for_one(kind):
    model, pictures, seen = network(kind), images(4), []
    model.register_forward_hook(lambda module, inputs, output: seen.append(learners(output.grad_fn)))
    study = Given([model], pictures, torch.zeros(4).long(), torch.arange(4))
    craft(pgd, study, {"epsilon": 0.1, "steps": 3}, seed=0, batch=4, norm="linf")
    assert [[tensor.shape for tensor in asked] for asked in seen] == [[pictures.shape]] * 3
    assert not any(weight.requires_grad or weight.grad is not None for weight in model.parameters())


def test_a_smallest_distortion_attack_on_an_ensemble_costs_a_gradient_of_each_network():
    models, pictures = [network(), network(seed=1)], images(3)
    labels = (models[0](pictures) + models[1](pictures)).argmax(dim=1)
    given = Given(models, pictures, labels, torch.arange(3))
    made = craft(lbfgs, given, {"evaluations": 4}, seed=0, batch=8)
    assert made.gradients.remainder(2).tolist() == [0] * 3 and made.gradients.max() == 8
