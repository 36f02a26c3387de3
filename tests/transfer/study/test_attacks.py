"""The attacks and controls of a study."""

from tests.transfer.study.own import amended


def test_attacks_have_goals_sizes_and_defaults_of_every_attack(study):
    found = study("""\
        data: mnist
        models: {a: {architecture: "my_code:net", recipe: "my_code:slow"}}
        every_attack: {epsilon: [0.1, 0.2], also_at_rms: 0.1, toward: [random_wrong, 3]}
        attacks:
          step: {attack: "my_code:step", epsilon: 0.3, also_at_rms: none}
          aimed: {attack: "my_code:aimed"}
          least: {attack: "my_code:least", toward: least_likely, also_at_rms: [0.05, 1/10]}
          gaussian: {attack: "my_code:grain", norm: rms}
        """)
    rows = {(attack.name, attack.budget): attack for attack in found.attacks}
    assert list(rows) == [
        ("step", "linf 0.3"),
        ("aimed random_wrong", "linf 0.1"),
        ("aimed toward 3", "linf 0.1"),
        ("aimed random_wrong", "linf 0.2"),
        ("aimed toward 3", "linf 0.2"),
        ("least", "as crafted"),
        ("gaussian", "rms 0.1"),
        ("gaussian", "rms 0.2"),
    ]
    assert rows["step", "linf 0.3"].also_at_rms == ()
    assert rows["aimed toward 3", "linf 0.1"].toward == 3
    assert rows["aimed toward 3", "linf 0.1"].also_at_rms == (0.1,)
    least = rows["least", "as crafted"]
    assert (least.toward, least.also_at_rms, least.norm, least.epsilon) == ("least_likely", (0.05, 0.1), None, None)
    gaussian = rows["gaussian", "rms 0.1"]
    assert (gaussian.inputs, gaussian.also_at_rms, gaussian.toward) == (("images",), (), None)


def test_controls_need_no_size(study):
    found = study(amended(controls='["my_code:grain", "my_code:shuffled"]'))
    grain, shuffled = found.controls
    assert (grain.name, grain.budget, dict(grain.choice.settings)) == ("grain", "", {"norm": "linf"})
    assert shuffled.inputs == ("images", "perturbations")
