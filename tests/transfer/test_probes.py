"""A probe is asked of what its signature names, and its values become rows that say of what."""

import pytest
import torch

from analysis import database
from tests.studies import done, planned, write
from transfer.measure import Asked, measure
from transfer.shapes import Measured
from transfer.store import Store
from transfer.study import StudyError, read

STUDY = """
data: mnist
splits: {A: 300}
models:
  linear: {architecture: linear}
  mlp:    {architecture: {name: mlp, hidden: [8]}}
every_model: {recipe: {name: adam, epochs: 1}, split: A}
attacks:
  fgsm: {epsilon: [0.1, 0.2]}
  pgd:  {epsilon: 0.1, steps: 2}
probes:
  weights:  {probe: "own:weights"}
  apart:    {probe: "own:apart", scale: [1, 2]}
  moved:    {probe: "own:moved", of: fgsm}
images: {train: 5, test: 7}
"""
OWN = """
from transfer.shapes import Measured

def weights(model):
    \"\"\"How many weights.\"\"\"
    yield Measured("count", sum(weight.numel() for weight in model.parameters()))

def apart(model, other, images, *, scale: float = 1.0):
    \"\"\"How far the answers are apart.\"\"\"
    import torch
    yield Measured("distance", scale * (model(images) - other(images)).norm(dim=1), images=torch.arange(len(images)))

def moved(model, images, crafted, *, draws):
    \"\"\"How far the images were moved, with a number that was drawn.\"\"\"
    yield Measured("linf", (crafted - images).abs().amax(dim=(1, 2, 3)).amax(), layer="pixels")
    yield Measured("drawn", draws.uniform().mean())
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probes")
    (folder / "own.py").write_text(OWN)
    study = read(write(folder, STUDY))
    store = Store.open(folder / "results")
    done(study, store)
    return study, store


def test_each_probe_is_asked_of_each_network_pair_or_craft_once_for_each_part(results):
    study, _ = results
    asked = [(one.name, one.model, one.other, one.task.data.part) for one in planned(study).probes]
    assert [row[:3] for row in asked if row[0] == "weights"] == [("weights", "linear", None), ("weights", "mlp", None)]
    pairs = [row[1:] for row in asked if row[0] == "apart scale 2"]
    assert sorted(pairs) == sorted(
        (*pair, part) for pair in (("linear", "mlp"), ("mlp", "linear")) for part in ("train", "test")
    )
    moved = [one for one in planned(study).probes if one.name == "moved"]
    assert {one.craft.attack for one in moved} == {"fgsm"} and len(moved) == 2 * 2 * 2


def test_rows_say_what_was_measured_of_whom(results):
    _, store = results
    rows = database.open(store.location)
    found = rows.sql("""
        select probes.name, probes.model, probes.other, probes.part, measured.name as what, count(*), sum(value),
               count(image), max(layer)
        from measured join probes using (probe) group by all order by all""").fetchall()
    counts = {row[:5]: row[5:] for row in found}
    assert counts["weights", "linear", None, "train", "count"] == (1, 7850.0, 0, None)
    assert counts["apart scale 1", "linear", "mlp", "test", "distance"][0::2] == (7, 7)
    one, two = (counts[f"apart scale {scale}", "linear", "mlp", "test", "distance"][1] for scale in (1, 2))
    assert two == pytest.approx(2 * one)
    sizes = rows.sql("""
        select budget, max(value), any_value(layer) from measured join probes using (probe)
        where measured.name = 'linf' group by budget order by budget""").fetchall()
    assert [(row[0], row[2]) for row in sizes] == [("linf 0.1", "pixels"), ("linf 0.2", "pixels")]
    assert [row[1] for row in sizes] == pytest.approx([0.1, 0.2])


def test_a_finished_study_measures_nothing_again_and_an_edited_probe_does(results):
    study, store = results
    before = {record.task for record in store.records("probe")}
    assert {one.task.id for one in planned(study, store).probes} == before
    study.path.with_name("own.py").write_text(OWN + "\n# edited\n")
    edited = {one.task.id for one in planned(read(study.path), store).probes}
    study.path.with_name("own.py").write_text(OWN)
    assert not edited & before


def test_values_images_and_units_must_be_of_one_length():
    asked = Asked(None, None, torch.zeros(3, 1, 2, 2), torch.zeros(3).long(), torch.tensor([5, 7, 9]), None, 10)

    def good(images):
        yield Measured("brightness", images.mean(dim=(1, 2, 3)), images=torch.tensor([2, 1, 0]))
        yield Measured("purity", torch.tensor([0.5]), units=torch.tensor([4]), layer="first")

    assert measure(good, asked, {}, seed=0) == {
        "name": ["brightness"] * 3 + ["purity"],
        "value": [0.0, 0.0, 0.0, 0.5],
        "image": [9, 7, 5, None],
        "layer": [None, None, None, "first"],
        "unit": [None, None, None, 4],
    }
    with pytest.raises(ValueError, match="apart: 3 values of 1 images"):
        measure(lambda images: [Measured("apart", torch.zeros(3), images=torch.tensor([0]))], asked, {}, seed=0)


@pytest.mark.parametrize(
    ("probes", "text"),
    [
        ("{weights: {probe: 'own:wights'}}", "Did you mean 'weights'?"),
        ("{weights: {probe: 'own:weights', of: fgsm}}", "takes no 'of': it looks at no crafted images"),
        ("{moved: {probe: 'own:moved', of: fgms}}", "no attack 'fgms'. Did you mean 'fgsm'?"),
        ("{apart: {probe: 'own:apart', size: 1}}", "'own:apart' takes no setting 'size'"),
    ],
)
def test_a_mistaken_probe_is_told_in_a_line(tmp_path, probes, text):
    (tmp_path / "own.py").write_text(OWN)
    start, stop = STUDY.index("probes:"), STUDY.index("images:")
    with pytest.raises(StudyError) as problem:
        read(write(tmp_path, f"{STUDY[:start]}probes: {probes}\n{STUDY[stop:]}"))
    assert text in str(problem.value)


def test_a_study_of_probes_alone_needs_no_attack(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    text = STUDY[: STUDY.index("attacks:")] + "probes: {weights: {probe: 'own:weights'}}\nimages: {test: 5}\n"
    asked = planned(read(write(tmp_path, text)))
    assert [one.name for one in asked.probes] == ["weights"] * 2
