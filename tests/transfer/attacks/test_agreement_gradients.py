"""The attacks that climb a gradient, image by image against public implementations, in float64 without random starts.

What follows the paper is compared. Where a library does not: foolbox's momentum accumulates signs and not gradients
(MI-FGSM), and torchattack's NI-FGSM accumulates nothing, so that these two are compared with torchattacks alone.
"""

import pytest
import torch

from tests.transfer.attacks.planes import CLASSES, images, network
from transfer.architectures.lenet import lenet
from transfer.attacks.bim import bim
from transfer.attacks.fgsm import fgsm
from transfer.attacks.mi_fgsm import mi_fgsm
from transfer.attacks.ni_fgsm import ni_fgsm
from transfer.attacks.pgd import pgd
from transfer.attacks.pi_fgsm import pi_fgsm
from transfer.attacks.vmi_fgsm import vmi_fgsm
from transfer.attacks.vni_fgsm import vni_fgsm
from transfer.craft import random_wrong
from transfer.draws import Draws
from transfer.train import build, frozen

foolbox = pytest.importorskip("foolbox")
torchattack = pytest.importorskip("torchattack")
torchattacks = pytest.importorskip("torchattacks")

EPSILON, LENGTH, STEPS = 0.05, 0.8, 7
TARGETED = pytest.mark.parametrize("is_targeted", [False, True])


class TheirDraws(Draws):
    """Neighbours as the libraries draw them, from torch's own generator and for the whole batch."""

    def uniform(self, *shape):
        return torch.randn(len(self), *shape, dtype=torch.float64).uniform_(-1, 1).add(1).div(2)


def asked(is_targeted, count=24):
    """The network, images of which some are at the border of the box, labels, and goals if there are any."""
    model, pictures = network("lenet"), images(count)
    pictures[: count // 3] = pictures[: count // 3].round()
    labels = model(pictures).argmax(dim=1)
    goals = random_wrong(labels, CLASSES, torch.arange(count), 0)
    return model, pictures, labels, goals if is_targeted else None


def check(model, ours, theirs, pictures, labels, goals):
    """Equal images and equal successes, of which there are some and not only those."""
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert (ours - pictures).abs().flatten(1).amax(dim=1).min() > 1e-3
    answers, same = model(ours).argmax(dim=1), model(theirs).argmax(dim=1)
    reached = (answers != labels) if goals is None else (answers == goals)
    assert torch.equal(answers, same) and reached.any()


def by_foolbox(attack, model, pictures, labels, goals, epsilon):
    criteria = foolbox.criteria
    criterion = criteria.Misclassification(labels) if goals is None else criteria.TargetedMisclassification(goals)
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    return attack(wrapped, pictures, criterion, epsilons=epsilon)[1].detach()


def by_torchattack(name, model, pictures, labels, goals, **settings):
    attack = getattr(torchattack, name)(model, device=torch.device("cpu"), **settings, targeted=goals is not None)
    return attack(pictures, labels if goals is None else goals).detach()


def by_torchattacks(name, model, pictures, labels, goals, **settings):
    attack = getattr(torchattacks, name)(model, **settings)
    if goals is not None:
        attack.set_mode_targeted_by_label(quiet=True)
    return attack(pictures, labels if goals is None else goals).detach()


@TARGETED
def test_fgsm_is_that_of_foolbox_torchattack_and_torchattacks(is_targeted):
    model, pictures, labels, goals = case = asked(is_targeted)
    ours = fgsm(model, pictures, labels, epsilon=EPSILON, goals=goals)
    plain = foolbox.attacks.LinfBasicIterativeAttack(rel_stepsize=1.0, steps=1)  # its FGSM has no goals
    check(model, ours, by_foolbox(plain, *case, EPSILON), *case[1:])
    check(model, ours, by_torchattack("FGSM", *case, eps=EPSILON), *case[1:])
    check(model, ours, by_torchattacks("FGSM", *case, eps=EPSILON), *case[1:])
    if not is_targeted:
        check(model, ours, by_foolbox(foolbox.attacks.LinfFastGradientAttack(), *case, EPSILON), *case[1:])


@TARGETED
def test_bim_is_that_of_foolbox_torchattack_and_torchattacks(is_targeted):
    model, pictures, labels, goals = case = asked(is_targeted)
    ours = bim(model, pictures, labels, epsilon=EPSILON, steps=STEPS, goals=goals)
    attack = foolbox.attacks.LinfBasicIterativeAttack(rel_stepsize=1 / STEPS, steps=STEPS)
    check(model, ours, by_foolbox(attack, *case, EPSILON), *case[1:])
    ours = bim(model, pictures, labels, epsilon=EPSILON, steps=STEPS, step_size=0.02, goals=goals)
    theirs = by_torchattack("PGD", *case, eps=EPSILON, alpha=0.02, steps=STEPS, random_start=False)
    check(model, ours, theirs, *case[1:])
    theirs = by_torchattacks("BIM", *case, eps=EPSILON, alpha=0.02, steps=STEPS)
    check(model, ours, theirs, *case[1:])


@TARGETED
@pytest.mark.parametrize(("norm", "epsilon"), [("linf", EPSILON), ("l2", LENGTH)])
def test_pgd_is_that_of_foolbox_torchattack_and_torchattacks(norm, epsilon, is_targeted):
    model, pictures, labels, goals = case = asked(is_targeted)
    settings = {"norm": norm, "epsilon": epsilon, "steps": 12, "relative_step": 0.25, "random_start": False}
    ours = pgd(model, pictures, labels, **settings, draws=Draws(0, range(len(pictures))), goals=goals)
    kind = "Linf" if norm == "linf" else "L2"
    attack = getattr(foolbox.attacks, f"{kind}ProjectedGradientDescentAttack")
    attack = attack(rel_stepsize=0.25, steps=12, random_start=False)
    check(model, ours, by_foolbox(attack, *case, epsilon), *case[1:])
    theirs = {"eps": epsilon, "alpha": epsilon / 4, "steps": 12, "random_start": False}
    name = "PGD" if norm == "linf" else "PGDL2"
    check(model, ours, by_torchattack(name, *case, **theirs), *case[1:])
    check(model, ours, by_torchattacks(name, *case, **theirs), *case[1:])


@TARGETED
@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_mi_fgsm_is_that_of_torchattack_and_torchattacks(decay, is_targeted):
    model, pictures, labels, goals = case = asked(is_targeted)
    ours = mi_fgsm(model, pictures, labels, epsilon=EPSILON, steps=STEPS, decay=decay, goals=goals)
    settings = {"eps": EPSILON, "alpha": EPSILON / STEPS, "steps": STEPS, "decay": decay}
    check(model, ours, by_torchattack("MIFGSM", *case, **settings), *case[1:])
    check(model, ours, by_torchattacks("MIFGSM", *case, **settings), *case[1:])


@TARGETED
@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_ni_fgsm_is_that_of_torchattacks(decay, is_targeted):
    model, pictures, labels, goals = case = asked(is_targeted)
    ours = ni_fgsm(model, pictures, labels, epsilon=EPSILON, steps=STEPS, decay=decay, goals=goals)
    settings = {"eps": EPSILON, "alpha": EPSILON / STEPS, "steps": STEPS, "decay": decay}
    check(model, ours, by_torchattacks("NIFGSM", *case, **settings), *case[1:])


@TARGETED
@pytest.mark.parametrize(("attack", "name"), [(vmi_fgsm, "VMIFGSM"), (vni_fgsm, "VNIFGSM")])
def test_variance_tuning_is_that_of_torchattack_and_torchattacks_where_the_draws_are_theirs(attack, name, is_targeted):
    model, pictures, labels, goals = case = asked(is_targeted)
    settings = {"epsilon": EPSILON, "steps": STEPS, "samples": 4, "relative_radius": 1.5}
    torch.manual_seed(0)
    ours = attack(model, pictures, labels, **settings, draws=TheirDraws(0, range(len(pictures))), goals=goals)
    theirs = {"eps": EPSILON, "alpha": EPSILON / STEPS, "steps": STEPS, "beta": 1.5}
    torch.manual_seed(0)
    check(model, ours, by_torchattack(name, *case, **theirs, n=4), *case[1:])
    torch.manual_seed(0)
    check(model, ours, by_torchattacks(name, *case, **theirs, N=4), *case[1:])


class InDouble(torchattacks.PIFGSM):
    """With a kernel of the images' type."""

    def project_kern(self, kern_size):
        kernel, padding = super().project_kern(kern_size)
        return kernel.double(), padding


@pytest.mark.parametrize("amplification", [8.0, 4.0, 2.0])
def test_pi_fgsm_is_that_of_torchattacks_where_its_sums_are_exact(amplification):
    # Powers of two: pixels around that cancel then do so in its arithmetic too, where else rounding gives them a sign.
    shape, epsilon, steps = (3, 16, 16), 1 / 16, 8
    model = build(lenet, {"channels": (4, 8), "hidden": (16,)}, shape, CLASSES, 0)
    model = frozen(model.double())
    pictures = Draws("colours", range(12)).uniform(*shape)
    labels = model(pictures).argmax(dim=1)
    ours = pi_fgsm(model, pictures, labels, epsilon=epsilon, steps=steps, amplification=amplification)
    theirs = InDouble(model, max_epsilon=epsilon, num_iter_set=steps, amplification=amplification)
    check(model, ours, theirs(pictures, labels), pictures, labels, None)
