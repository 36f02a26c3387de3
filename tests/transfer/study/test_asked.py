"""Models that ask other models, black boxes, and attacks that not every model can be given to."""

import pytest

from tests.studies import planned
from transfer.tasks import Train

ASKING = """\
data: mnist
splits: {{A: 500, B: 500}}
models:
  first: {{recipe: {{name: substitute, target: {first}}}}}
  oracle: {{recipe: {{name: adam, epochs: 1}}, split: [A, B], answers: labels}}
  second: {{recipe: {{name: substitute, target: {second}}}}}
every_model: {{architecture: linear}}
attacks: {{fgsm: {{epsilon: 0.1, surrogates: [first, second]}}}}
"""
TECHNIQUES = """\
data: mnist
models:
  linear: {{recipe: {{name: adam, epochs: 1}}}}
  tree: {{architecture: decision_tree}}
  forest: {{architecture: random_forest}}
  box: {{recipe: {{name: adam, epochs: 1}}, answers: labels}}
every_model: {{architecture: linear, recipe: fit}}
ensembles: {{both: [linear, tree]}}
attacks: {{{attacks}}}
"""


def of(name, asked):
    return next(train for train in asked.trains if train.id == id_of(name, asked))


def id_of(name, asked):
    return next(row["model"] for row in asked.document["models"] if row["name"] == name)


def test_a_model_that_asks_another_waits_for_it_wherever_it_stands(study):
    asked = planned(study(ASKING.format(first="oracle A", second="first")))
    first, second, oracle = (of(name, asked) for name in ("first", "second", "oracle A"))
    assert list(first.needs()) == [oracle] and list(second.needs()) == [first]
    order = [task.id for task in asked.tasks if isinstance(task, Train)]
    assert order.index(oracle.id) < order.index(first.id) < order.index(second.id)
    assert len(order) == len(set(order)) == 4
    assert first.spec()["recipe"]["settings"]["target"] == oracle.id
    rows = {row["name"]: (row["answers"], row["asks"]) for row in asked.document["models"]}
    assert rows["first"] == ("logits", [oracle.id]) and rows["oracle A"] == ("labels", [])


def test_another_model_to_ask_is_another_task(study):
    ids = [id_of("first", planned(study(ASKING.format(first=f"oracle {split}", second="first")))) for split in "AB"]
    assert ids[0] != ids[1]


def test_several_models_to_ask_make_one_of_each(study):
    found = study(ASKING.format(first="[oracle A, oracle B]", second="first oracle A"))
    assert [network.name for network in found.networks][:2] == ["first oracle A", "first oracle B"]


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        (
            "orcale A",
            "first",
            "error[S097]: study.yaml:4:46: models.first.recipe.target: no model 'orcale A'. Did you mean 'oracle A'?",
        ),
        (
            "oracle",
            "first",
            "error[S097]: study.yaml:4:46: models.first.recipe.target: 'oracle' stands for 2 models; "
            "name one, as 'oracle A'",
        ),
        ("second", "first", "error[S038]: study.yaml:4:3: models first -> second -> first depend on each other"),
        ("first", "first", "error[S038]: study.yaml:4:3: models first -> first depend on each other"),
    ],
)
def test_a_model_that_cannot_be_asked_is_told(told, first, second, line):
    assert told(ASKING.format(first=first, second=second)) == [line]


@pytest.mark.parametrize(
    ("attacks", "text"),
    [
        ("fgsm: {epsilon: 0.1}", "'fgsm' takes gradients, and 'tree' (decision_tree) has none"),
        ("fgsm: {epsilon: 0.1, surrogates: forest}", "'fgsm' takes gradients, and 'forest' (random_forest) has none"),
        ("fgsm: {epsilon: 0.1, surrogates: [linear, both]}", "'fgsm' takes gradients, and 'tree' (decision_tree) has"),
        ("fgsm: {epsilon: 0.1, surrogates: box}", "'box' is a black box that answers with labels, and no surrogate"),
        ("tree_leaf: {surrogates: [tree, box]}", "'box' is a black box that answers with labels, and no surrogate"),
    ],
)
def test_an_attack_on_a_model_that_it_cannot_be_run_on_is_one_line_before_anything_is_trained(told, attacks, text):
    (line,) = told(TECHNIQUES.format(attacks=attacks))
    name = attacks.partition(":")[0]
    assert line.startswith(f"error[S099]: study.yaml:9:11: attacks.{name}: {text}")
    assert line.endswith("Say which models it attacks: `surrogates: [...]`")


def test_an_attack_is_run_on_the_surrogates_that_it_names(study):
    asked = planned(
        study(TECHNIQUES.format(attacks="fgsm: {epsilon: 0.1, surrogates: linear}, tree_leaf: {surrogates: tree}"))
    )
    assert [(one.attack, one.surrogate) for one in asked.crafts if one.attack] == [
        ("fgsm", "linear"),
        ("tree_leaf", "tree"),
    ]


def test_surrogates_that_are_none_of_the_study_s_are_told(told):
    text = TECHNIQUES.format(attacks="fgsm: {epsilon: 0.1, surrogates: forest}") + "surrogates: [linear]\n"
    assert told(text) == ["error[S097]: study.yaml:9:44: attacks.fgsm.surrogates: no model 'forest'. Known: linear."]
    text = TECHNIQUES.format(attacks="noise: {epsilon: 0.1, surrogates: linear}")
    assert told(text) == [
        "error[S030]: study.yaml:9:33: 'noise' takes no 'surrogates': it is crafted once, without a surrogate"
    ]


def test_an_attack_of_one_s_own_without_gradients_may_be_run_on_a_tree(study, tmp_path):
    (tmp_path / "blind.py").write_text(
        '"""Blind."""\nGRADIENT = False\n\ndef blind(model, images, *, size: float = 0.1):\n    return images\n'
    )
    text = TECHNIQUES.format(attacks='blind: {attack: "blind:blind", surrogates: [tree, box]}')
    assert {one.surrogate for one in planned(study(text)).crafts if one.attack} == {"tree", "box"}
