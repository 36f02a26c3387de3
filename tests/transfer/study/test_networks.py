"""The models of a study."""

import hashlib
from fractions import Fraction

import numpy as np
from safetensors.numpy import save

from tests.transfer.study.own import amended


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
    weights = save({"bias": np.zeros(3, np.float32)})
    (tmp_path / "own.safetensors").write_bytes(weights)
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
    assert network.weights_digest == hashlib.sha256(weights).hexdigest()


def test_a_seed_is_any_whole_number_that_generators_take(study, told):
    text = amended(models='{a: {architecture: "my_code:net", recipe: "my_code:slow", seed: SEED}}')
    assert study(text.replace("SEED", str(2**63 - 1))).networks[0].seed == 2**63 - 1
    (line,) = told(text.replace("SEED", str(2**63)))
    assert line.startswith("error[S034]: study.yaml:2:73: models.a.seed: whole number from 0 to 2^63-1 expected")
