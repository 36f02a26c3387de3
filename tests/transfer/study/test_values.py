"""A study as a value."""

import json
import random
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transfer.study.own import FULL, MY_CODE, SMALLEST, amended
from transfer.identity import canonical
from transfer.study import StudyError


def test_only_the_data_can_tell_that_there_are_too_few_images(study, tmp_path):
    facts = SimpleNamespace(counts={"train": 60_000, "test": 10_000}, classes=10, digests={})
    enough = study(amended(splits="{A: 30000, B: 1/2}", images="{test: 10000}"))
    enough.check(facts)
    study(amended(splits="{A: 60000, B: {images: 1/2, draw: 1}, C: {images: 1/2, draw: 1}}")).check(facts)
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
