"""The studies whose ensembles leave something out leave out just that, in each of their sizes."""

from pathlib import Path

import pytest

from transfer.study import read

STUDIES = Path(__file__).parents[1] / "jobs/studies"
FAMILIES = ["mlp", "lenet", "vgg", "resnet", "densenet", "mobilenet"]


@pytest.mark.parametrize("size", ["", "small", "large"])
def test_each_ensemble_of_cifar10_families_is_one_half_without_one_family(size):
    study = read(STUDIES / "cifar10_families.yaml", size=size)
    ensembles = {one.name: set(one.members) for one in study.ensembles}
    for half in "AB":
        for family in FAMILIES:
            assert ensembles.pop(f"no {family} {half}") == {f"{one} {half}" for one in FAMILIES if one != family}
    wider = {f"six {half}": {f"{one} {half}" for one in FAMILIES} for half in "AB"}
    assert ensembles == (wider if size == "large" else {})
    for attack in study.attacks:
        if attack.name != "mi_fgsm":
            assert set(attack.surrogates) == {network.name for network in study.networks}


def test_the_large_form_has_three_families_more_and_trains_each_as_its_kind_is_trained():
    study = read(STUDIES / "cifar10_families.yaml", size="large")
    recipes = {
        network.name: (network.recipe.name, network.recipe.settings["learning_rate"]) for network in study.networks
    }
    assert {name for name in recipes if name.endswith(" A")} == {
        f"{one} A" for one in (*FAMILIES, "vit", "mlp_mixer", "convnext")
    }
    assert recipes["vit A"] == recipes["mlp_mixer B"] == recipes["convnext A"] == ("adam", 0.001)
    assert recipes["resnet A"] == ("sgd", 0.1)


@pytest.mark.parametrize("size", ["", "small"])
def test_each_ensemble_of_liu2017_lacks_the_network_that_it_is_named_for(size):
    study = read(STUDIES / "liu2017.yaml", size=size)
    names = [network.name for network in study.networks]
    assert {one.name: set(one.members) for one in study.ensembles} == {
        f"without {name}": {other for other in names if other != name} for name in names
    }
