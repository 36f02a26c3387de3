"""An attack of another library is held to what every attack is held to, and leaves nothing behind."""

import importlib
import inspect
import random
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from tests.studies import finished
from tests.transfer.attacks.planes import images, network
from transfer import catalog
from transfer.attacks._sources import _classes
from transfer.attacks._sources._run import attack_of, seeded
from transfer.attacks.fgsm import fgsm
from transfer.attacks.pgd import pgd
from transfer.craft import Crafted, Given, craft, norm_of
from transfer.draws import Draws
from transfer.errors import EnvironmentProblem
from transfer.shelf import Shelf
from transfer.signatures import Setting, Signature
from transfer.store import Store
from transfer.study import StudyError, read
from transfer.tasks import Choice

LIBRARIES = {"foolbox": "foolbox.attacks", "torchattack": "torchattack", "art": "art.attacks.evasion"}
for library in LIBRARIES:
    pytest.importorskip(library)

STUDY = """
data: mnist
models: {linear: {architecture: linear, recipe: {name: adam, epochs: 1}, split: A}}
splits: {A: 400}
attacks: {other: {attack: "%s"%s}}
images: {test: 20}
"""


def described(name):
    found = catalog.describe("attacks", name)
    return {one.name: one.default for one in found.settings if one.name not in catalog.HANDED_OVER}


def made(name, *, count=6, batch=4, seed=0, goals=None, model=None, **settings) -> Crafted:
    model = model or network("lenet")
    function, settings = catalog.load("attacks", name), {**described(name), **settings}
    pictures = images(count)
    given = Given([model], pictures, model(pictures).argmax(dim=1), torch.arange(count), goals)
    return craft(function, given, settings, seed=seed, batch=batch, norm=norm_of(function, settings))


def ours(attack, goals=None, **settings):
    model, pictures = network("lenet"), images(6)
    return attack(model, pictures, model(pictures).argmax(dim=1), goals=goals, **settings)


def every_name():
    for library, module in LIBRARIES.items():
        for name in dir(importlib.import_module(module)):
            try:
                yield library, name, catalog.describe("attacks", f"{library}:{name}")
            except LookupError:
                continue


def test_what_is_read_from_the_source_is_what_the_library_has():
    seen = 0
    for library, name, found in every_name():
        kind = getattr(importlib.import_module(LIBRARIES[library]), name)
        parameters = inspect.signature(kind).parameters
        for setting in found.settings:
            own = "eps" if setting.name == "epsilon" and "eps" in parameters else setting.name
            if own not in parameters or own in ("norm", "goals", "draws"):
                assert setting.name in ("epsilon", "norm", "goals", "draws"), (name, setting)
                continue
            default = parameters[own].default
            assert setting.default == (catalog.REQUIRED if default is inspect.Parameter.empty else default), name
            seen += 1
    assert seen > 400


def test_an_attack_of_each_library_is_the_same_attack_as_ours():
    steps = {"epsilon": 0.1, "steps": 5}
    assert torch.allclose(
        made("foolbox:LinfPGD", **steps, rel_stepsize=0.25, random_start=False).images,
        ours(pgd, **steps, relative_step=0.25, random_start=False, draws=Draws(0, range(6))),
        atol=1e-9,
    )
    single = ours(fgsm, epsilon=0.1)
    assert torch.allclose(made("torchattack:FGSM", epsilon=0.1).images, single, atol=1e-9)
    assert torch.allclose(made("art:FastGradientMethod", epsilon=0.1).images, single, atol=1e-6)


ONE_STEP = {
    "foolbox:LinfPGD": {"steps": 1, "rel_stepsize": 1.0, "random_start": False},
    "torchattack:FGSM": {},
    "art:FastGradientMethod": {},
}


@pytest.mark.parametrize("name", ONE_STEP)
def test_a_goal_is_aimed_at(name):
    goals = torch.tensor([1, 2, 3, 4, 5, 6])
    aimed = ours(fgsm, goals=goals, epsilon=0.1)
    assert torch.allclose(made(name, epsilon=0.1, goals=goals, **ONE_STEP[name]).images, aimed, atol=1e-6)


DRAWING = {
    "foolbox:L2PGD": {"epsilon": 1.0, "steps": 3},
    "torchattack:PGD": {"epsilon": 0.1, "steps": 3},
    "art:ProjectedGradientDescent": {"epsilon": 0.1, "eps_step": 0.03, "max_iter": 3, "num_random_init": 1},
    "art:HopSkipJump": {"max_iter": 1, "max_eval": 20, "init_eval": 10},
}


@pytest.mark.parametrize("name", DRAWING)
def test_a_seed_decides_what_is_drawn(name):
    first = made(name, **DRAWING[name]).images
    assert torch.equal(first, made(name, **DRAWING[name]).images)
    assert not torch.equal(first, made(name, **DRAWING[name], seed=1).images)


def test_every_batch_has_numbers_of_its_own_and_nobody_else_s_change():
    def drawn():
        return torch.rand(1).item(), np.random.random(), random.random()

    def after(*firsts):
        torch.manual_seed(1)
        np.random.seed(1)
        random.seed(1)
        inside = []
        for first in firsts:
            with seeded(Draws("attack 0", [first]), images(1)):
                inside.append(drawn())
        return inside, drawn()

    inside, outside = after(0, 4, 0)
    assert inside[0] == inside[2]
    assert not set(inside[0]) & set(inside[1])
    assert outside[:2] == after()[1][:2]  # the check of shapes draws from the third itself


def test_gradients_are_counted():
    assert made("foolbox:LinfPGD", epsilon=0.1, steps=7).gradients.tolist() == [7] * 6
    assert made("torchattack:MIFGSM", epsilon=0.1, steps=3).gradients.tolist() == [3] * 6
    assert made("art:BasicIterativeMethod", epsilon=0.1, eps_step=0.1, max_iter=2).gradients.tolist() == [2] * 6


def test_one_for_the_smallest_distortion_has_no_budget():
    found = catalog.describe("attacks", "foolbox:L2DeepFoolAttack")
    assert "epsilon" not in [setting.name for setting in found.settings]
    one = made("foolbox:L2DeepFoolAttack")
    assert one.is_found is None  # judged by the surrogate's class, as everybody is
    assert (network("lenet")(one.images).argmax(dim=1) != network("lenet")(images(6)).argmax(dim=1)).all()


# What a library's attack may do to a network.


def as_attack(run):
    settings = (Setting("epsilon", "float"), Setting("norm", "str", "linf"), Setting("draws", "Draws"))
    return attack_of(Signature("", ("model", "images", "labels"), settings, 1), run)


def run_on(model, run):
    pictures = images(4)
    given = Given([model], pictures, torch.zeros(4, dtype=torch.long), torch.arange(4))
    return craft(as_attack(run), given, {"epsilon": 0.1}, seed=0, batch=4, norm="linf")


def test_hooks_and_other_layers_stay_in_the_attack():
    model = network("lenet")
    before = model(images(4))

    def meddles(model, images, labels, goals, settings):
        for module in list(model.modules()):
            module.register_forward_hook(lambda *_: torch.zeros(4, 10).double())
            for name, inner in list(module.named_children()):
                if not list(inner.children()):
                    setattr(module, name, nn.Identity())
        return images

    run_on(model, meddles)
    assert torch.equal(model(images(4)), before)


def test_a_changed_weight_is_refused():
    def writes(model, images, labels, goals, settings):
        next(model.parameters()).add_(1)
        return images

    with pytest.raises(RuntimeError, match="changed its surrogate's weights"):
        run_on(network("lenet"), writes)


@pytest.mark.parametrize(
    ("change", "message"),
    [(lambda pictures: pictures + 0.11, "left the linf ball in 4 of 4"), (lambda pictures: pictures[:2], "returned")],
)
def test_ball_and_shape_are_checked(change, message):
    with pytest.raises(ValueError, match=message):
        run_on(network("lenet"), lambda model, images, labels, goals, settings: change(images))


# In a study.


def told(tmp_path, name, settings=""):
    (tmp_path / "study.yaml").write_text(STUDY % (name, settings))
    with pytest.raises(StudyError) as problem:
        read(tmp_path / "study.yaml")
    return str(problem.value).replace(f"{tmp_path}/", "")


def test_a_library_that_is_not_installed_is_told_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(_classes, "installed", lambda module: None)
    assert told(tmp_path, "foolbox:LinfPGD", ", epsilon: 0.1") == (
        "error[S029]: study.yaml:5:27: attacks.other.attack: attacks of 'foolbox' need foolbox, which is not "
        "installed. Install it with pip install 'transfer-study[attacks]'"
    )


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("foolbox:LinfPDG", "", "S029.*has no attack 'LinfPDG'. Did you mean 'LinfPGD'"),
        ("foolbox:L1PGD", "", "S029.*has its budget in l1; a study knows linf and l2"),
        ("foolbox:LinfPGD", "", "S096.*needs a setting 'epsilon'"),
        ("torchattack:MIFGSM", ", eps: 0.1", "S030.*takes no setting 'eps'. Did you mean 'epsilon'"),
        ("torchattack:BIA", "", "S029.*no attack on a surrogate"),
        ("torchattack:BPA", "", "S029.*looks for layers by the names of torchvision or timm"),
        ("torchattack:DeepFool", ", toward: 3", "S030.*takes no 'toward': it aims at no class"),
        ("art:FastGradientMethod", ", norm: l1", "S095.*'l1' is none of linf, l2"),
        ("art:FastGradientMethod", ", epsilon: 8", "S016.*Did you mean 8/255"),
        ("art:SNAL", "", "S029.*needs 'candidates', a list, which a study cannot spell"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, name, settings, message):
    assert re.search(message, told(tmp_path, name, settings))


def test_a_study_runs_one_of_each_and_the_version_is_part_of_the_name(tmp_path):
    others = """
      a: {attack: "foolbox:LinfPGD", steps: 2}
      b: {attack: "torchattack:MIFGSM", steps: 2}
      c: {attack: "art:FastGradientMethod"}
    every_attack: {epsilon: [0.1, 0.2]}
    """
    text = STUDY.replace('{other: {attack: "%s"%s}}', others.rstrip().replace("\n    every", "\nevery"))
    study, store = finished(tmp_path, text)
    assert [(one.name, one.budget) for one in study.attacks[:3]] == [
        ("a", "linf 0.1"),
        ("a", "linf 0.2"),
        ("b", "linf 0.1"),
    ]
    specs = [record.spec["attack"] for record in store.records("craft") if record.spec["surrogates"]]
    assert len(specs) == 6
    assert {spec["revision"].split()[0] for spec in specs} == {
        "foolbox",
        "torchattack",
        "adversarial-robustness-toolbox",
    }


def test_another_version_on_a_worker_stops_it(tmp_path):
    choice = Choice("foolbox:LinfPGD", {}, "foolbox 0.0.1, 1")
    with pytest.raises(EnvironmentProblem, match=r"U092.*of foolbox 3.*and of foolbox 0.0.1"):
        Shelf(Store.open(tmp_path)).function("attacks", choice)


def test_describing_imports_neither_torch_nor_the_library():
    lines = [f"catalog.describe('attacks', '{name}')" for name in ("foolbox:PGD", "torchattack:PGD", "art:DeepFool")]
    look = "print([one for one in ('torch', 'foolbox', 'torchattack', 'art') if one in sys.modules])"
    code = "\n".join(["import sys", "from transfer import catalog", *lines, look])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
