"""An attack among the settings of a recipe is read like any other choice."""

from tests.transfer.study.own import amended
from transfer.tasks import Choice

ADVERSARIAL = '{a: {architecture: "my_code:net", recipe: {name: adversarial, attack: ATTACK, epochs: 2}}}'


def with_attack(attack):
    return amended(models=ADVERSARIAL.replace("ATTACK", attack))


def test_it_has_all_its_settings_and_is_part_of_what_names_the_training(study):
    (network,) = study(with_attack("{name: fgsm, epsilon: 8/255}")).networks
    assert network.name == "a" and network.recipe
    attack = network.recipe.settings["attack"]
    assert isinstance(attack, Choice) and attack.settings == {"epsilon": 8 / 255, "loss": "cross_entropy"}
    assert network.recipe.spec()["settings"]["attack"] == attack.spec()


def test_a_list_makes_one_of_each_and_so_does_a_list_within(study):
    found = study(with_attack("[{name: fgsm, epsilon: [0.1, 0.2]}, {name: pgd, epsilon: 0.3, steps: 7}]"))
    names = [network.name for network in found.networks]
    assert names == ["a attack fgsm epsilon 0.1", "a attack fgsm epsilon 0.2", "a attack pgd"]


def test_an_attack_of_ones_own_travels_with_the_study(study):
    found = study(with_attack('{name: "my_code:step", epsilon: 0.1}'))
    assert [path.name for path in found.files.values()] == ["my_code.py"]


def test_what_is_wrong_with_it_is_told_where_it_stands(told):
    cases = {
        "{name: fgsm, epsilon: 8}": "error[S016]: study.yaml:2:79: models.a.recipe.attack: 'epsilon' of fgsm: "
        "8 exceeds the image range 1.0. Did you mean 8/255?",
        "{name: fgsm, epsilon: -1}": "error[S015]: study.yaml:2:79: models.a.recipe.attack: 'epsilon' of fgsm must be "
        ">= 0, found -1",
        "{name: rescale, rms: 0.1}": "error[S029]: study.yaml:2:79: models.a.recipe.attack: 'rescale' is made from a "
        "craft; a recipe needs an attack",
        "{name: fgsm, eps: 0.1, epsilon: 0.1}": "error[S030]: study.yaml:2:92: 'fgsm' takes no setting 'eps'. "
        "Did you mean 'epsilon'?",
        "{epsilon: 0.1}": "error[S096]: study.yaml:2:79: models.a.recipe.attack: an attack expected: its name, "
        "or {name, settings}",
        "fgms": "error[S029]: study.yaml:2:79: models.a.recipe.attack: unknown attack 'fgms'. Did you mean 'fgsm'?",
    }
    for attack, line in cases.items():
        found = told(with_attack(attack))
        assert len(found) == 1 and found[0].startswith(line), found
    (line,) = told(amended(models='{a: {architecture: "my_code:net", recipe: adversarial}}'))
    assert line.endswith("'adversarial' needs a setting 'attack'")
