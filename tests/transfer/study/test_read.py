"""From a person's file to a study."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import jobs
from tests.transfer.study.own import FULL, MY_CODE, SMALLEST
from transfer.study import read


def test_the_smallest_study_has_every_default_written_out(study):
    found = study(SMALLEST)
    assert (found.name, found.title, found.pixels, found.precision) == ("study", "study", "exact", "float32")
    assert (found.batch, found.keep, found.study_seed, dict(found.images)) == (250, "all", 0, {"test": 1000})
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


@pytest.mark.parametrize("word", ["all", "sample", "none", '"none"'])
def test_to_keep_none_is_a_word_and_not_nothing(study, word):
    assert study(f"{SMALLEST}keep: {word}\n").keep == word.strip('"')


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


def test_reading_imports_no_torch_and_no_ray(tmp_path):
    (tmp_path / "my_code.py").write_text(MY_CODE)
    (tmp_path / "study.yaml").write_text(FULL)
    code = (
        f"import sys; from transfer.study import read; read({str(tmp_path / 'study.yaml')!r})\n"
        "assert not {'torch', 'ray', 'my_code'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("path", sorted(Path(jobs.__file__).parent.glob("studies/*.yaml")), ids=lambda path: path.stem)
def test_every_study_of_the_package_reads(path):
    found = read(path)
    assert found.name == path.stem
    assert found.title != path.stem
