"""A study amended by its sizes and from the command line."""

import pytest

from tests.transfer.study.own import SMALLEST, amended


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
