"""Whatever is wrong with a study is told in one line with its place."""

import subprocess
import sys

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transfer.study.own import MY_CODE, SMALLEST, amended
from transfer.identity import canonical
from transfer.study import StudyError
from transfer.study.networks import MODEL
from transfer.study.read import KEYS

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
    ({"splits": "{A: 0.6, B: {images: 0.6, draw: 1}, C: {images: 0.6, draw: 1}}"}, "S033", "shares sum to 1.2"),
    ({"splits": "{A: {images: 5, drawn: 1}}"}, "S009", "splits.A: unknown key 'drawn'. Did you mean 'draw'?"),
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
    ({"attacks": "{fgsm: {epsilon: 0.1, also_at_steps: 1}}"}, "S030", "it tells of no steps"),
    ({"attacks": "{pgd: {epsilon: 0.1, steps: 5, also_at_steps: 5}}"}, "S018", "a step from 1 to 4 expected"),
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
    ({"keep": "some"}, "S095", "keep: 'some' is none of all, sample, none"),
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
from transfer.study.networks import MODEL
from transfer.study.read import KEYS
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


WORDS = st.sampled_from([*KEYS, *MODEL, "name", "attack", "toward", "epsilon", "steps", "hidden", "a", "A", "all", ""])


TEXTS = st.sampled_from(
    [
        "linear",
        "mlp",
        "adam",
        "pgd",
        "lbfgs",
        "noise",
        "mnist",
        "my_code:net",
        "8/255",
        "1e-3",
        "-1",
        "3",
        "no",
        "none",
        "x",
        "all",
        "a",
    ]
)


TREES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(KEYS), TREES, max_size=3), size=st.sampled_from(["", "small"]))
def test_whatever_is_written_reads_or_is_told_as_what_is_wrong(study, changes, size):
    sections = {**yaml.safe_load(SMALLEST), **changes}
    try:
        found = study(yaml.safe_dump(sections, sort_keys=False), size=size)
    except StudyError as problem:
        assert all(line.startswith("error[") for line in str(problem).splitlines())
    else:
        assert canonical(found.resolved())
