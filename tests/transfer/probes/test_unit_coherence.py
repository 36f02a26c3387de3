"""Planted units: what excites them is known image by image."""

import math

import pytest
import torch
from torch import nn

from tests.transfer.attacks.planes import network
from tests.transfer.probes.asking import IDS, ask
from transfer.draws import Draws
from transfer.probes.unit_coherence import _bases

COUNT, CLASSES = 240, 4


def planted():
    """Images with one bright pixel: the place says the label, how bright it is does not. The fifth pixel is black."""
    labels = torch.arange(COUNT) % CLASSES
    pictures = torch.zeros(COUNT, 5)
    pictures[torch.arange(COUNT), labels] = 0.2 + 0.8 * Draws("bright", range(COUNT)).uniform().float()
    return pictures.double().reshape(COUNT, 1, 1, 5), labels


def pixels_as_units():
    return nn.Sequential(nn.Flatten(), nn.ReLU())


@pytest.fixture(scope="module")
def answer():
    pictures, labels = planted()
    return ask("unit_coherence", pictures, model=pixels_as_units(), labels=labels, classes=CLASSES, batch=100)


def test_a_planted_unit_is_excited_by_its_label_alone(answer):
    for top in (8, 16):
        assert answer.of(f"unit same {top}", "1")[:4].tolist() == [top] * 4
        assert answer.of(f"unit entropy {top}", "1")[:4].tolist() == [0] * 4
    # 60 images have the label, so 4 of the 64 are the first of the others.
    assert answer.of("unit same 64", "1")[:4].tolist() == [60] * 4
    assert answer.of("unit active", "1").tolist() == [60] * 4 + [0]


def test_the_images_of_a_unit_are_those_in_which_its_pixel_is_brightest(answer):
    pictures, _ = planted()
    for unit in range(4):
        brightest = pictures[:, 0, 0, unit].sort(descending=True, stable=True)
        rows = sorted((row for row in answer.rows("unit response", "1") if row[4] == unit), key=lambda row: -row[1])
        assert [row[2] - IDS for row in rows] == brightest.indices[:8].tolist()
        assert [row[1] for row in rows] == pytest.approx(brightest.values[:8].tolist())


def test_random_directions_and_rotations_mean_less_than_planted_units_and_chance_means_nothing(answer):
    means = {basis: answer.of(f"{basis} entropy 16", "1")[:4].mean() for basis in ("direction", "rotation", "chance")}
    assert 0 < means["direction"] < means["chance"] and 0 < means["rotation"] < means["chance"]
    # Of 16 images in random order the labels have nearly all of the entropy that they can have, which is 2 bits.
    assert 1.6 < means["chance"] <= 2
    assert answer.of("chance active", "1").tolist() == [COUNT - 1] * 5


def test_units_that_are_rotated_away_are_as_mixed_as_random_directions():
    rotation = torch.linalg.qr(Draws("rotation", [0]).normal(5, 5)[0])[0]
    layer = nn.Linear(5, 5, bias=False).double().requires_grad_(False)
    layer.weight.copy_(rotation)
    pictures, labels = planted()
    model = nn.Sequential(nn.Flatten(), layer)
    answer = ask("unit_coherence", pictures, model=model, labels=labels, classes=CLASSES, layers=("1",), tops=(16,))
    assert answer.of("unit entropy 16").max() > 0.1


def test_entropy_is_that_of_the_labels_in_bits():
    pictures = torch.tensor([4.0, 3.0, 2.0, 1.0]).double().reshape(4, 1, 1, 1)
    for labels, entropy, same in (([0, 1, 2, 3], 2, 1), ([0, 0, 1, 1], 1, 2), ([2, 2, 2, 0], 0.8112781, 3)):
        asked = {"labels": torch.tensor(labels), "classes": 4, "tops": (4,)}
        answer = ask("unit_coherence", pictures, model=pixels_as_units(), **asked)
        assert answer.one("unit entropy 4") == pytest.approx(entropy) and answer.one("unit same 4") == same
    few = ask("unit_coherence", pictures, model=pixels_as_units(), labels=torch.zeros(4).long(), tops=(2, 5))
    assert not {"unit same 5", "unit entropy 5"} & few.names() and few.one("unit same 2") == 2


def test_of_a_map_the_largest_response_of_all_places_counts():
    pictures = torch.zeros(3, 1, 4, 4).double()
    pictures[0, 0, 1, 1], pictures[1, 0, 3, 0] = 0.5, 0.7
    answer = ask(
        "unit_coherence", pictures, model=nn.Sequential(nn.ReLU()), labels=torch.arange(3), classes=3, tops=(2,)
    )
    rows = {row[2] - IDS: row[1] for row in answer.rows("unit response")}
    assert rows == {1: 0.7, 0: 0.5}


def test_rotations_are_orthogonal_and_few_units_of_many_are_drawn():
    bases = _bases(40, 12, Draws("a", [3, 4]), "layer")
    numbers, rows = bases["rotation"]
    assert torch.allclose(rows @ rows.T, torch.eye(12).double()) and numbers.tolist() == list(range(12))
    chosen, ones = bases["unit"]
    assert len(set(chosen.tolist())) == 12 and torch.equal(ones.argmax(dim=1), chosen) and ones.sum() == 12
    assert torch.allclose(bases["direction"][1].norm(dim=1), torch.ones(12).double())


def test_every_activation_of_a_network_is_a_layer_and_a_wrong_name_is_told():
    pictures, labels = torch.rand(9, 1, 16, 16, generator=torch.Generator().manual_seed(0)).double(), torch.arange(9)
    answer = ask("unit_coherence", pictures, model=network("lenet"), labels=labels, classes=10, tops=(4,), units=6)
    layers = set(answer.columns["layer"])
    assert layers == {"0.3", "0.6", "2"} and len(answer.of("unit same 4", "0.3")) == 4
    assert len(answer.of("unit same 4", "2")) == 6 and math.isfinite(answer.of("unit entropy 4").sum())
    with pytest.raises(ValueError, match="no layer is called 'ReLU'"):
        ask("unit_coherence", pictures, model=network("lenet"), labels=labels, classes=10, layers=("ReLU",))
