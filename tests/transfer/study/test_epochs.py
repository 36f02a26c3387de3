"""Training time as an axis of a study."""

STUDY = """\
data: mnist
splits: {A: 100}
models:
  a: {seed: [0, 1]}
  b: {also_at_epochs: none}
  c: {recipe: {name: layerwise, epochs: 9}, architecture: autoencoder}
every_model: {architecture: mlp, recipe: {name: sgd, epochs: 6}, split: [A], also_at_epochs: [4, 0]}
ensembles: {early: ["a A seed 0 epoch 0", b]}
targets: [a]
attacks: {fgsm: {epsilon: 0.1}}
"""


def test_a_network_is_a_model_after_each_epoch_that_is_asked_for_and_at_the_end(study):
    found = study(STUDY)
    rows = [(one.name, one.trained_as, one.epoch, one.epochs) for one in found.networks]
    assert rows == [
        ("a A seed 0 epoch 0", "a A seed 0", 0, (0, 4)),
        ("a A seed 0 epoch 4", "a A seed 0", 4, (0, 4)),
        ("a A seed 0", None, None, (0, 4)),
        ("a A seed 1 epoch 0", "a A seed 1", 0, (0, 4)),
        ("a A seed 1 epoch 4", "a A seed 1", 4, (0, 4)),
        ("a A seed 1", None, None, (0, 4)),
        ("b A", None, None, ()),
        ("c A", None, None, ()),
    ]


def test_a_model_stands_for_all_its_epochs_where_it_is_named(study):
    assert len(study(STUDY).targets) == 6


def test_epochs_that_are_not_on_the_way_and_recipes_that_tell_of_none_are_refused(told):
    (line,) = told(STUDY.replace("{also_at_epochs: none}", "{also_at_epochs: [-1, 5]}"))
    text = "models.b.also_at_epochs: an epoch from 0 to 5 expected, before the last of b A, found -1"
    assert line == f"error[S018]: study.yaml:5:24: {text}"
    (line,) = told(STUDY.replace("{also_at_epochs: none}", "{also_at_epochs: 6}"))
    assert line.endswith("before the last of b A, found 6")
    (line,) = told(STUDY.replace("{name: layerwise, epochs: 9}", "{name: layerwise}, also_at_epochs: 1"))
    assert line.endswith("models.c takes no 'also_at_epochs': 'layerwise' tells of no epochs")
