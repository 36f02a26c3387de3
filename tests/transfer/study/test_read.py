"""From a person's file to a study, or to all that is wrong with it."""

import hashlib
import json
import random
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jobs
from transfer.errors import TransferError
from transfer.identity import canonical
from transfer.study import StudyError, read

MY_CODE = '''
"""Functions of one's own, as a study beside them may name them."""
from typing import Literal

REVISION = 7

def net(shape, classes, *, width: int = 8, hidden: list[int] = [5, 5], bias: bool = True):
    """A network."""

def deep(shape, classes, *, depth: int):
    """Another network."""

def slow(module, images, labels, *, draws, epochs: int = 3, weight_decay: float | tuple[float, ...] = 0.0):
    """A recipe."""

def layers(module, images, labels, *, draws, weight_decay: float = 0.0, layer_epochs: int = 1):
    """A recipe without epochs."""

def step(model, images, labels, *, epsilon: float, norm: Literal["linf", "l2"] = "linf", decay: float = 1.0):
    """An attack with a budget."""

def least(model, images, labels, *, goals, confidence: float = 0.0):
    """An attack for the smallest distortion."""

def aimed(model, images, labels, *, epsilon: float, goals=None):
    """An attack that can aim."""

def grain(images, *, epsilon, norm: Literal["linf", "rms"] = "linf", draws):
    """A control."""

def shuffled(images, perturbations, *, draws):
    """A control made from a craft."""

def letters(*, part, root: Path = "letters", size: int = 28):
    """A data set."""
'''
SMALLEST = """\
data: mnist
models: {a: {architecture: "my_code:net", recipe: "my_code:slow"}}
attacks: {step: {attack: "my_code:step", epsilon: 0.1}}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "my_code.py").write_text(MY_CODE)

    def of(text, **more):
        path = tmp_path / "study.yaml"
        path.write_text(textwrap.dedent(text))
        return read(path, **more)

    return of


@pytest.fixture
def told(study, tmp_path):
    """The lines of a study's error, without the folder that it lies in."""

    def lines(text, **more):
        with pytest.raises(StudyError) as problem:
            study(text, **more)
        assert problem.value.exit_code == 2
        assert isinstance(problem.value, TransferError)
        return str(problem.value).replace(f"{tmp_path}/", "").splitlines()

    return lines


def amended(**changes):
    """The smallest study with some of its sections written otherwise."""
    sections = {line.partition(":")[0]: line for line in SMALLEST.splitlines()}
    return "\n".join({**sections, **{key: f"{key}: {text}" for key, text in changes.items()}}.values()) + "\n"


def test_the_smallest_study_has_every_default_written_out(study):
    found = study(SMALLEST)
    assert (found.name, found.title, found.pixels, found.precision) == ("study", "study", "exact", "float32")
    assert (found.batch, found.study_seed, dict(found.images)) == (250, 0, {"test": 1000})
    (network,) = found.networks
    assert dict(network.architecture.settings) == {"width": 8, "hidden": [5, 5], "bias": True}
    assert network.recipe and dict(network.recipe.settings) == {"epochs": 3, "weight_decay": 0.0}
    assert (network.name, network.family, network.split, network.seed) == ("a", "net", "all", 0)
    (attack,) = found.attacks
    assert dict(attack.choice.settings) == {"epsilon": 0.1, "norm": "linf", "decay": 1.0}
    assert (attack.budget, attack.norm, attack.epsilon, attack.inputs) == (
        "linf 0.1",
        "linf",
        0.1,
        ("model", "images", "labels"),
    )
    assert found.surrogates == found.targets == ("a",)
    assert list(found.modules) == [network.architecture.revision]


def test_a_list_makes_one_of_each_and_joins_the_name(study):
    found = study("""\
        data: mnist
        splits: {P1: 1/2, P2: 0.5}
        models:
          a: {architecture: {name: "my_code:net", width: [4, 8], bias: [yes, no]}, seed: 3}
          b: {architecture: "my_code:net"}
        every_model: {recipe: {name: "my_code:slow", epochs: [1, 2]}, split: [P1, P2], seed: [0, 1]}
        attacks: {step: {attack: "my_code:step", epsilon: [8/255, 0.1], norm: [linf, l2], decay: [0, 1/2]}}
        """)
    assert found.splits == {"P1": Fraction(1, 2), "P2": Fraction(1, 2)}
    names = [network.name for network in found.networks]
    assert len(names) == 2 * 2 * 2 * 2 + 2 * 2 * 2
    assert names[:3] == [
        "a width 4 bias yes epochs 1 P1",
        "a width 4 bias yes epochs 1 P2",
        "a width 4 bias yes epochs 2 P1",
    ]
    assert names[-2:] == ["b epochs 2 P2 seed 0", "b epochs 2 P2 seed 1"]
    assert {network.seed for network in found.networks if network.name.startswith("a")} == {3}
    rows = [(attack.name, attack.budget, attack.epsilon) for attack in found.attacks]
    assert len(rows) == len(set(rows)) == 8
    assert rows[:2] == [("step decay 0", "linf 8/255", 8 / 255), ("step decay 1/2", "linf 8/255", 8 / 255)]
    assert rows[-1] == ("step decay 1/2", "l2 0.1", 0.1)


def test_a_list_is_the_value_of_a_setting_that_takes_lists(study):
    found = study("""\
        data: mnist
        models:
          a: {architecture: {name: "my_code:net", hidden: [100, 100]}}
          b: {architecture: {name: "my_code:net", hidden: [[100, 100], [7]]}}
        every_model: {recipe: {name: "my_code:slow", weight_decay: [1e-5, 1e-5, 1e-6]}}
        attacks: {step: {attack: "my_code:step", epsilon: 0.1}}
        """)
    assert [network.name for network in found.networks] == ["a", "b hidden 100-100", "b hidden 7"]
    assert [network.architecture.settings["hidden"] for network in found.networks] == [[100, 100], [100, 100], [7]]
    for network in found.networks:
        assert network.recipe and network.recipe.settings["weight_decay"] == (1e-5, 1e-5, 1e-6)


def test_every_model_holds_where_a_model_says_nothing_else_and_has_the_setting(study):
    found = study("""\
        data: mnist
        models:
          plain: {}
          wide: {architecture: {width: 99}, recipe: {epochs: 9}}
          layered: {recipe: "my_code:layers"}
          other: {architecture: {name: "my_code:deep", depth: 3}}
        every_model:
          architecture: {name: "my_code:net", width: 4}
          recipe: {name: "my_code:slow", epochs: 60, weight_decay: 1e-3}
        attacks: {step: {attack: "my_code:step", epsilon: 0.1}}
        """)
    plain, wide, layered, other = found.networks
    assert plain.architecture.settings["width"] == 4
    assert wide.architecture.settings["width"] == 99
    assert plain.recipe and dict(plain.recipe.settings) == {"epochs": 60, "weight_decay": 1e-3}
    assert wide.recipe and dict(wide.recipe.settings) == {"epochs": 9, "weight_decay": 1e-3}
    assert layered.recipe and dict(layered.recipe.settings) == {"weight_decay": 1e-3, "layer_epochs": 1}
    assert dict(other.architecture.settings) == {"depth": 3}


def test_several_choices_make_one_of_each(study):
    found = study("""\
        data: mnist
        models: {a: {architecture: ["my_code:net", {name: "my_code:deep", depth: [1, 2]}]}}
        every_model: {recipe: ["my_code:slow", "my_code:layers"]}
        attacks: {step: {attack: "my_code:step", epsilon: 0.1}}
        """)
    assert [network.name for network in found.networks][::2] == [
        "a net slow",
        "a deep depth 1 slow",
        "a deep depth 2 slow",
    ]


def test_every_model_never_touches_a_model_with_weights(study, tmp_path):
    (tmp_path / "own.safetensors").write_bytes(b"weights")
    found = study("""\
        data: mnist
        splits: {A: 10}
        models: {mine: {architecture: "my_code:net", weights: own.safetensors, family: transformer}}
        every_model: {architecture: {width: 99}, recipe: "my_code:slow", split: A, seed: [1, 2]}
        attacks: {step: {attack: "my_code:step", epsilon: 0.1}}
        """)
    (network,) = found.networks
    assert (network.name, network.recipe, network.split, network.seed) == ("mine", None, "all", 0)
    assert network.architecture.settings["width"] == 8
    assert network.family == "transformer"
    assert network.weights_digest == hashlib.sha256(b"weights").hexdigest()


def test_attacks_have_goals_sizes_and_defaults_of_every_attack(study):
    found = study("""\
        data: mnist
        models: {a: {architecture: "my_code:net", recipe: "my_code:slow"}}
        every_attack: {epsilon: [0.1, 0.2], also_at_rms: 0.1, toward: [random_wrong, 3]}
        attacks:
          step: {attack: "my_code:step", epsilon: 0.3, also_at_rms: none}
          aimed: {attack: "my_code:aimed"}
          least: {attack: "my_code:least", toward: least_likely, also_at_rms: [0.05, 1/10]}
          gaussian: {attack: "my_code:grain", norm: rms}
        """)
    rows = {(attack.name, attack.budget): attack for attack in found.attacks}
    assert list(rows) == [
        ("step", "linf 0.3"),
        ("aimed random_wrong", "linf 0.1"),
        ("aimed toward 3", "linf 0.1"),
        ("aimed random_wrong", "linf 0.2"),
        ("aimed toward 3", "linf 0.2"),
        ("least", "as crafted"),
        ("gaussian", "rms 0.1"),
        ("gaussian", "rms 0.2"),
    ]
    assert rows["step", "linf 0.3"].also_at_rms == ()
    assert rows["aimed toward 3", "linf 0.1"].toward == 3
    assert rows["aimed toward 3", "linf 0.1"].also_at_rms == (0.1,)
    least = rows["least", "as crafted"]
    assert (least.toward, least.also_at_rms, least.norm, least.epsilon) == ("least_likely", (0.05, 0.1), None, None)
    gaussian = rows["gaussian", "rms 0.1"]
    assert (gaussian.inputs, gaussian.also_at_rms, gaussian.toward) == (("images",), (), None)


def test_controls_need_no_size(study):
    found = study(amended(controls='["my_code:grain", "my_code:shuffled"]'))
    grain, shuffled = found.controls
    assert (grain.name, grain.budget, dict(grain.choice.settings)) == ("grain", "", {"norm": "linf"})
    assert shuffled.inputs == ("images", "perturbations")


def test_surrogates_and_targets_stand_for_every_network_of_a_name(study):
    found = study("""\
        data: mnist
        splits: {A: 1/2, B: 1/2}
        models: {x: {}, y: {}, z: {split: A}}
        every_model: {architecture: "my_code:net", recipe: "my_code:slow", split: [A, B]}
        attacks: {step: {attack: "my_code:step", epsilon: 0.1}}
        ensembles: {both: [z, x], pair: [y A, y B]}
        surrogates: [both, x B, y]
        targets: z
        """)
    assert [(ensemble.name, ensemble.members) for ensemble in found.ensembles] == [
        ("both", ("x A", "x B", "z")),
        ("pair", ("y A", "y B")),
    ]
    assert found.surrogates == ("x B", "y A", "y B", "both")
    assert found.targets == ("z",)


def test_small_and_large_amend_the_study(study):
    text = (
        SMALLEST
        + "images: {train: 256, test: 2000}\n"
        + (
            "small: {images: {train: 32}, models: {a: {recipe: {epochs: 1}}}}\n"
            'large: {models: {b: {architecture: "my_code:net", recipe: {name: "my_code:layers"}}}, batch: 7}\n'
        )
    )
    small, plain, large = study(text, size="small"), study(text), study(text, size="large")
    assert [dict(found.images) for found in (small, plain, large)] == [
        {"train": 32, "test": 2000},
        {"train": 256, "test": 2000},
        {"train": 256, "test": 2000},
    ]
    assert small.networks[0].recipe and small.networks[0].recipe.settings["epochs"] == 1
    assert plain.networks[0].recipe and plain.networks[0].recipe.settings["epochs"] == 3
    assert [network.name for network in large.networks] == ["a", "b"]
    assert (plain.batch, large.batch) == (250, 7)


def test_a_named_choice_replaces_and_settings_amend(study):
    text = amended(
        every_model='{recipe: {name: "my_code:slow", epochs: 5}}', models='{a: {architecture: "my_code:net"}}'
    )
    (network,) = study(text, overrides=["every_model.recipe={weight_decay: 1}"]).networks
    assert network.recipe and dict(network.recipe.settings) == {"epochs": 5, "weight_decay": 1.0}
    (network,) = study(text, overrides=['every_model.recipe={name: "my_code:layers"}']).networks
    assert network.recipe and dict(network.recipe.settings) == {"weight_decay": 0.0, "layer_epochs": 1}


def test_set_changes_what_a_path_leads_to(study):
    found = study(
        amended(models='{a.b: {architecture: "my_code:net"}}', every_model='{recipe: "my_code:slow"}'),
        overrides=[
            "every_model.seed=[0,1]",
            "models.a.b.architecture.width=3",
            "every_model.recipe.epochs=2",
            "batch=9",
            "title=a = b",
        ],
    )
    assert [network.name for network in found.networks] == ["a.b seed 0", "a.b seed 1"]
    assert found.networks[0].architecture.settings["width"] == 3
    assert found.networks[0].recipe and found.networks[0].recipe.settings["epochs"] == 2
    assert (found.batch, found.title) == (9, "a = b")


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "every_model.sed=1",
            "error[S009]: --set every_model.sed: every_model: unknown key 'sed'. Did you mean 'seed'?",
        ),
        (
            "evry_model.seed=1",
            "error[S009]: --set evry_model.seed: unknown key 'evry_model'. Did you mean 'every_model'?",
        ),
        ("batch=x", "error[S018]: --set batch: batch: whole number expected, found 'x'"),
        ("batch", "error[S093]: --set: 'batch' is not of the form every_model.seed=[0,1,2]"),
        ("batch=[1", "error[S093]: --set batch: not YAML: "),
        ("batch.size=3", "error[S094]: --set batch.size: "),
    ],
)
def test_a_wrong_override_is_told_as_such(told, override, line):
    lines = told(SMALLEST + "batch: 5\n" if "." in override[:6] else SMALLEST, overrides=[override])
    assert any(found.startswith(line) for found in lines), lines


def test_a_size_that_the_study_lacks_is_no_silent_long_run(told):
    (line,) = told(SMALLEST, size="small")
    assert line.startswith("error[S096]: study.yaml:1:1: the study has no 'small:' part")


def test_a_slip_in_another_size_is_told_today(told):
    (line,) = told(SMALLEST + "large: {imags: {test: 5}}\n")
    assert line == "error[S009]: study.yaml:4:9: unknown key 'imags'. Did you mean 'images'?"
    (line,) = told(SMALLEST + "large: {small: {batch: 5}}\n")
    assert "S009" in line


BAD = [
    ({"modles": "{}"}, "S009", "study.yaml:4:1: unknown key 'modles'. Did you mean 'models'?"),
    ({"models": "{a: {architectur: x}}"}, "S009", "study.yaml:2:14: models.a: unknown key 'architectur'. Did you mean"),
    (
        {"attacks": '{f: {attack: "my_code:step", epsilon: 1e-3x}}'},
        "S013",
        "attacks.f.epsilon: '1e-3x' is not a number",
    ),
    (
        {"attacks": '{f: {attack: "my_code:step", epsilon: 8/0}}'},
        "S014",
        "attacks.f.epsilon: division by zero in '8/0'",
    ),
    (
        {"attacks": '{f: {attack: "my_code:step", epsilon: -0.1}}'},
        "S015",
        "attacks.f.epsilon: must be >= 0, found -0.1",
    ),
    (
        {"attacks": '{f: {attack: "my_code:step", epsilon: 8}}'},
        "S016",
        "study.yaml:3:48: attacks.f.epsilon: 8 exceeds the image range 1.0. Did you mean 8/255?",
    ),
    ({"attacks": '{f: {attack: "my_code:step", epsilon: .nan}}'}, "S017", "attacks.f.epsilon: must be finite"),
    ({"attacks": '{f: {attack: "my_code:step", epsilon: [.inf]}}'}, "S017", "attacks.f.epsilon: must be finite"),
    (
        {"attacks": "{pgd: {epsilon: 0.1, steps: 0}}"},
        "S018",
        "attacks.pgd.steps: whole number from 1 to 100000 expected",
    ),
    ({"attacks": "{pgd: {epsilon: 0.1, steps: 1.5}}"}, "S018", "attacks.pgd.steps: whole number expected, found '1.5'"),
    ({"attacks": "{pgd: {epsilon: 0.1, steps: 10000000}}"}, "S018", "found 10000000"),
    ({"models": "{}"}, "S022", "study.yaml:2:1: 'models' is empty: at least 1 is needed"),
    ({"attacks": ""}, "S022", "study.yaml:3:1: 'attacks' is empty: at least 1 is needed"),
    ({"images": "{}"}, "S022", "'images' is empty"),
    ({"models": "{resnet: {}, Resnet: {}}"}, "S023", "models 'resnet' and 'Resnet' have the same name ignoring case"),
    ({"models": "{\u00e9: {}, e\u0301: {}}"}, "S024", "have the same name after Unicode normalisation"),
    ({"models": "{'': {}}"}, "S026", "a model's name must have 1 to 64 characters"),
    ({"models": "{'..': {}}"}, "S026", "not only dots"),
    ({"attacks": "{" + "x" * 65 + ": {}}"}, "S026", "attack's name must have 1 to 64"),
    ({"models": '{"a\\u202eb": {}}'}, "S027", "invisible direction mark (U+202E)"),
    ({"models": '{"a\\nb": {}}'}, "S005", "one line of visible characters"),
    ({"models": "{a: {architecture: lenett}}"}, "S028", "unknown architecture 'lenett'. Did you mean 'lenet'? Known: "),
    ({"models": "{a: {architecture: linear, recipe: adm}}"}, "S028", "unknown recipe 'adm'. Did you mean 'adam'?"),
    ({"data": "mnits"}, "S028", "study.yaml:1:7: data: unknown data set 'mnits'. Did you mean 'mnist'?"),
    ({"attacks": "{pdg: {}}"}, "S029", "unknown attack 'pdg'. Did you mean 'pgd'?"),
    ({"attacks": '{x: {attack: "my_code:stop"}}'}, "S029", "no function 'stop'. Did you mean 'step'?"),
    ({"attacks": '{x: {attack: "../my_code:step"}}'}, "S029", "is not of the form module:function"),
    ({"attacks": "{fgsm: {epsilon: 0.1, steps: 4}}"}, "S030", "study.yaml:3:32: 'fgsm' takes no setting 'steps'"),
    ({"attacks": "{fgsm: {epsilon: 0.1, goals: 4}}"}, "S030", "'fgsm' takes no setting 'goals'"),
    (
        {"every_attack": "{epsilom: 0.1}"},
        "S030",
        "no attack of this study takes a setting 'epsilom'. Did you mean 'epsilon'?",
    ),
    (
        {"every_model": "{recipe: {epoch: 1}}"},
        "S030",
        "no recipe of this study takes a setting 'epoch'. Did you mean 'epochs'?",
    ),
    (
        {"every_model": "{recipe: {name: adam, epoch: 1}}"},
        "S030",
        "'adam' takes no setting 'epoch'. Did you mean 'epochs'?",
    ),
    ({"splits": "{A: 0.6, B: 3/5}"}, "S033", "the splits' shares sum to 1.2; at most 1"),
    ({"splits": "{A: -5}"}, "S095", "splits.A: a number of images"),
    ({"splits": "{all: 5}"}, "S097", "'all' has a meaning of its own"),
    ({"every_model": "{seed: -1}"}, "S034", "every_model.seed: whole number from 0 to 2^63-1 expected, found -1"),
    ({"every_model": f"{{seed: {2**70}}}"}, "S034", "every_model.seed: whole number expected"),
    ({"every_model": "{seed: x}"}, "S034", "every_model.seed: "),
    ({"every_model": "{seed: [3, 1, 3]}"}, "S035", "study.yaml:4:28: every_model.seed: 3 given twice"),
    ({"attacks": "{fgsm: {epsilon: [0.1, 1/10]}}"}, "S035", "1/10 given twice"),
    (
        {"every_model": f"{{seed: {list(range(500))}, recipe: {{epochs: {list(range(500))}}}}}"},
        "S036",
        "250,000 combinations",
    ),
    (
        {"models": '{a: {architecture: linear, weights: "s3://me:secret@host/x"}}'},
        "S039",
        "credentials in a URL are not allowed",
    ),
    ({"models": "{a: {architecture: linear, weights: x.safetensors}}"}, "S098", "no such file: 'x.safetensors'"),
    ({"models": "{a: {architecture: linear, weights: my_code.py}}"}, "C060", "my_code.py is no safetensors file"),
    (
        {"models": "{a: {architecture: linear, weights: x.safetensors, seed: 1}}"},
        "S009",
        "has weights, and 'seed' is for",
    ),
    ({"models": "{a: {architecture: linear}}"}, "S096", "models.a has no recipe; give it one, or every_model"),
    ({"models": "{a: {recipe: adam}}"}, "S096", "models.a has no architecture"),
    ({"models": "{a: linear}"}, "S094", "models.a: expected a mapping, found a value"),
    ({"models": "[linear]"}, "S094", "models: expected a mapping, found a list"),
    ({"attacks": "{fgsm: {}}"}, "S096", "'fgsm' needs a setting 'epsilon'"),
    (
        {"attacks": '{x: {attack: "my_code:least"}}'},
        "S096",
        "attacks.x needs a 'toward': random_wrong, least_likely or a class",
    ),
    ({"attacks": "{fgsm: {epsilon: 0.1, toward: randm_wrong}}"}, "S095", "Did you mean 'random_wrong'?"),
    ({"attacks": "{fgsm: {epsilon: 0.1, toward: -1}}"}, "S095", "a class is 0 or more, found -1"),
    ({"attacks": "{noise: {epsilon: 0.1, also_at_rms: 0.1}}"}, "S030", "it is crafted once, without a surrogate"),
    ({"attacks": "{noise: {epsilon: 0.1, toward: 1}}"}, "S030", "'noise' takes no 'toward': it aims at no class"),
    ({"attacks": "{fgsm: {epsilon: 0.1, also_at_rms: 2}}"}, "S015", "a size from 0 to 1 expected, found 2"),
    ({"attacks": '{x: {attack: "my_code:shuffled"}}'}, "S029", "name it under 'controls'"),
    ({"controls": "[pgd]"}, "S029", "'pgd' attacks a model, and a control does not"),
    ({"controls": "[clean]"}, "S097", "the clean row is always there"),
    ({"controls": "[{name: noise, epsilon: 0.1}]"}, "S030", "a control takes no 'epsilon'"),
    ({"controls": "[noise, noise]"}, "S035", "noise given twice"),
    (
        {"every_model": "{split: P3}", "splits": "{P1: 5, P2: 5}"},
        "S097",
        "every_model.split: no split 'P3'. Known: all, P1, P2.",
    ),
    ({"surrogates": "[b]"}, "S097", "study.yaml:4:14: surrogates: no model 'b'. Known: a."),
    ({"targets": "[]"}, "S094", "targets: the list is empty"),
    ({"ensembles": "{e: [a]}"}, "S094", "an ensemble is made of two models or more"),
    ({"ensembles": "{A: [a, a]}"}, "S023", "'a' and 'A' have the same name ignoring case"),
    ({"pixels": "8bits"}, "S095", "pixels: '8bits' is none of exact, 8bit. Did you mean '8bit'?"),
    ({"precision": "float23"}, "S095", "Did you mean 'float32'?"),
    ({"batch": "[1, 2]"}, "S094", "batch: one value expected, found a list; a study has one"),
    ({"images": "500"}, "S094", "images: say of which part, as in {test: 500}"),
    ({"images": "{tests: 500}"}, "S009", "images: unknown key 'tests'. Did you mean 'test'?"),
    ({"images": "{test: 0}"}, "S018", "images.test: whole number from 1 to"),
    ({"data": '{name: "my_code:letters", size: [1, 2]}'}, "S094", "a study has one data set"),
]


@pytest.mark.parametrize(("changes", "code", "text"), BAD, ids=[f"{code}: {text[:40]}" for _, code, text in BAD])
def test_a_mistake_is_told_in_one_line_with_its_code_and_place(told, changes, code, text):
    lines = told(amended(**changes))
    assert any(line.startswith(f"error[{code}]: study.yaml:") and text in line for line in lines), lines
    assert not any("secret" in line for line in lines)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(told):
    lines = told("""\
        data: mnits
        modles: {}
        models: {a: {architecture: linera, recipe: adam}}
        attacks:
          fgsm: {epsilon: 8}
          pdg: {}
        pixels: 9bit
        """)
    assert [line[:29] for line in lines] == [
        "error[S028]: study.yaml:1:7: ",
        "error[S009]: study.yaml:2:1: ",
        "error[S028]: study.yaml:3:28:",
        "error[S016]: study.yaml:5:19:",
        "error[S029]: study.yaml:6:8: ",
        "error[S095]: study.yaml:7:9: ",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "a'b\"c",
        "../../etc/passwd",
        "'; drop table models; --",
        "模型 一",
        "no",
        "012",
        "2026-01-01",
        "null",
        "a b",
    ],
)
def test_a_name_is_only_ever_text(study, name):
    key = json.dumps(name, ensure_ascii=False)
    found = study(f"""\
        data: mnist
        splits: {{{key}: 5}}
        models: {{{key}: {{architecture: "my_code:net", recipe: "my_code:slow", split: {key}, family: {key}}}}}
        attacks: {{{key}: {{attack: "my_code:step", epsilon: 0.1}}}}
        targets: [{key}]
        """)
    (network,) = found.networks
    assert (network.name, network.split, network.family) == (name, name, name)
    assert found.attacks[0].name == name
    assert found.targets == (name,)


def test_only_the_data_can_tell_that_there_are_too_few_images(study, tmp_path):
    facts = SimpleNamespace(counts={"train": 60_000, "test": 10_000}, classes=10)
    enough = study(amended(splits="{A: 30000, B: 1/2}", images="{test: 10000}"))
    enough.check(facts)
    short = study(
        amended(
            splits="{A: 30001, B: 1/2}",
            images="{test: 10001}",
            attacks='{x: {attack: "my_code:aimed", epsilon: 0.1, toward: 10}}',
        )
    )
    with pytest.raises(StudyError) as problem:
        short.check(facts)
    assert str(problem.value).replace(f"{tmp_path}/", "").splitlines() == [
        "error[S095]: study.yaml:3:1: attacks.x.toward: class 10; the classes are 0 to 9",
        "error[S032]: study.yaml:4:1: 2 splits need 60,001 images; the training part has 60,000",
        "error[S032]: study.yaml:5:1: images.test: 10,001 images are asked for; the part has 10,000",
    ]


def test_an_edited_module_is_another_choice(study, tmp_path):
    before = study(SMALLEST)
    (tmp_path / "my_code.py").write_text(MY_CODE + "\n# edited\n")
    assert study(SMALLEST).attacks[0].choice.revision != before.attacks[0].choice.revision


def test_paths_of_data_start_at_the_study(study, tmp_path):
    found = study(amended(data='{name: "my_code:letters", root: photos/train}'))
    assert found.data.settings["root"] == str(tmp_path.resolve() / "photos/train")


FULL = """\
title: Everything
data: {name: "my_code:letters", size: 12}
splits: {A: 1/2, B: 100}
models:
  x: {architecture: {name: "my_code:net", width: [2, 3]}, seed: 4}
  y: {recipe: {weight_decay: 1e-3}, family: other}
every_model: {architecture: "my_code:net", recipe: {name: "my_code:slow", epochs: 2}, split: [A, B]}
attacks:
  step: {attack: "my_code:step", norm: l2, decay: 1/2}
  aimed: {attack: "my_code:aimed", toward: 1, also_at_rms: 0.1}
every_attack: {epsilon: [0.1, 2/10]}
ensembles: {two: [x, y], three: [y, x]}
surrogates: [y, two]
controls: ["my_code:grain"]
images: {train: 5, test: 6}
study_seed: 3
batch: 9
"""


def shuffled(value, seed, path=()):
    """The same mapping in another order, but for the sections whose order means something."""
    if not isinstance(value, dict):
        return value
    keys = list(value)
    if path not in {("models",), ("attacks",), ("splits",), ("ensembles",)}:
        random.Random(f"{seed}{path}").shuffle(keys)
    return {key: shuffled(value[key], seed, (*path, key)) for key in keys}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(), is_flow=st.booleans())
def test_the_order_of_keys_changes_nothing_that_is_asked(study, seed, is_flow):
    written = yaml.safe_dump(shuffled(yaml.safe_load(FULL), seed), sort_keys=False, default_flow_style=is_flow)
    assert canonical(study(written).resolved()) == canonical(study(FULL).resolved())


def test_the_order_of_models_and_attacks_is_kept(study):
    found = study(FULL)
    assert [network.name for network in found.networks][0::2] == ["x width 2 A", "x width 3 A", "y A"]
    turned = study(FULL.replace("surrogates: [y, two]", "surrogates: [two, y]"))
    assert turned.resolved() == found.resolved()


def test_the_resolved_study_is_plain_json_wherever_it_lies(study, tmp_path):
    found = study(FULL)
    text = json.dumps(found.resolved())
    assert json.loads(text)["models"][0]["architecture"]["settings"] == {"width": 2, "hidden": [5, 5], "bias": True}
    assert "my_code:slow" in text
    assert str(tmp_path) not in text.replace(found.data.settings["root"], "")


def test_reading_imports_no_torch_and_no_ray(tmp_path):
    (tmp_path / "my_code.py").write_text(MY_CODE)
    (tmp_path / "study.yaml").write_text(FULL)
    code = (
        f"import sys; from transfer.study import read; read({str(tmp_path / 'study.yaml')!r})\n"
        "assert not {'torch', 'ray', 'my_code'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


HOSTILE = {
    "keys": SMALLEST + "".join(f"k{i}: 1\n" for i in range(80_000)),
    "models": "data: mnist\nmodels:\n" + "".join(f" m{i}: {{}}\n" for i in range(60_000)),
    "recipes": "data: mnist\nmodels:\n"
    + "".join(f" m{i}: {{architecture: linear, recipe: a}}\n" for i in range(9_000)),
    "hidden": "data: mnist\nmodels:\n"
    + "".join(f" m{i}: {{}}\n" for i in range(3_000))
    + f"every_model: {{recipe: adam, architecture: {{name: mlp, hidden: {[1] * 9_000}}}}}\n",
    "one key": SMALLEST + "x" * 900_000 + ": 1\n",
    "surrogates": SMALLEST + f"surrogates: {[f's{i}' for i in range(9_000)]}\n",
    "seeds": amended(every_model=f"{{seed: {[1] * 100_000}}}"),
    "errors": amended(every_model=f"{{seed: {list(range(9_000))}, recipe: {{weight_decay: {['a'] * 9_000}}}}}"),
}
TIMED = """
import sys, time
from transfer.study import StudyError, read
for path in sys.argv[1:]:
    began = time.process_time()
    try:
        read(path)
    except StudyError as problem:
        lines = str(problem).splitlines()
        assert len(lines) <= 301 and max(map(len, lines)) < 1000, path
        seconds = time.process_time() - began
        assert seconds < 6, f"{path}: {seconds} s"
    else:
        raise AssertionError(path)
"""


def test_a_hostile_study_is_refused_fast_and_briefly(tmp_path):
    (tmp_path / "my_code.py").write_text(MY_CODE)
    paths = [tmp_path / f"{name}.yaml" for name in HOSTILE]
    for path in paths:
        path.write_text(HOSTILE[path.stem])
    # In a process of its own: the checks of shapes and types that tests run with take ten times as long.
    subprocess.run([sys.executable, "-c", TIMED, *map(str, paths)], check=True)


@pytest.mark.parametrize("path", sorted(Path(jobs.__file__).parent.glob("studies/*.yaml")), ids=lambda path: path.stem)
def test_every_study_of_the_package_reads(path):
    found = read(path)
    assert found.name == path.stem
    assert found.title != path.stem
