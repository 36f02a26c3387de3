"""What docs/adding.md says is enough: its file in its folder is an attack, and without the file there is none."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adding import block, build, file_of, module_of, section
from tests.transfer.attacks import test_every_attack as every
from tests.transfer.attacks.planes import images, network

CODE, STUDY = block("An attack", "python"), block("An attack", "yaml")
FILE = file_of("attacks")


@pytest.fixture(scope="module")
def attack(tmp_path_factory):
    module = module_of(tmp_path_factory.mktemp("page"), FILE, CODE)
    return getattr(module, Path(FILE).stem)


def test_the_attack_of_the_page_passes_what_every_attack_must(attack):
    every.test_stays_in_the_box_and_the_ball_and_leaves_model_and_images_alone(attack, "mlp")
    every.test_an_image_is_attacked_alike_alone_and_in_company(attack)
    every.test_the_same_seed_gives_the_same_images_and_another_seed_other_draws(attack)
    every.test_fools_a_plane_exactly_when_the_budget_allows(attack)
    every.test_a_targeted_attack_raises_the_goal(attack)
    every.test_a_surrogate_without_gradients_gives_no_nan(attack)
    every.test_a_budget_of_zero_moves_nothing(attack)
    assert every.run(attack, network(), images(4), copies=3).gradients.tolist() == [3] * 4


@pytest.mark.long
def test_one_file_in_the_folder_is_an_attack_and_without_it_there_is_none(tmp_path):
    build(tmp_path, FILE, CODE, STUDY)

    def transfer(*words):
        code = "import sys; from jobs.cli import main; main(sys.argv[1:])"
        return subprocess.run(
            [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    listed = transfer("list", "attacks").stdout.splitlines()
    assert any(line.startswith(f"{Path(FILE).stem}\tOne step") for line in listed)
    ran = transfer("run", "mine.yaml", "--serial")
    assert ran.returncode == 0, ran.stderr
    rates = transfer("ask", "mine", "rate_against_gradients", "--format", "csv").stdout
    assert re.search(r"^smooth_fgsm copies 8,linf,0.1,linf 0.1,test,8.0,2,", rates, re.MULTILINE), rates
    (tmp_path / FILE).unlink()
    gone = transfer("check", "mine.yaml")
    assert gone.returncode == 2
    assert "error[S029]: mine.yaml:10:16: attacks.smooth_fgsm: unknown attack 'smooth_fgsm'." in gone.stderr


def test_what_the_page_says_is_given_is_what_is_given():
    from transfer import catalog
    from transfer.craft import Given

    told = set(re.findall(r"`(\w+)`", section("An attack")))
    given = {"model", "models", "images", "labels", "pool", "perturbations", "draws", "goals", "trace"}
    assert given <= told
    assert given <= catalog.HANDED_OVER
    assert {name for name in Given._fields if name not in ("surrogates", "ids", "epsilon")} <= given
    assert inspect.isclass(Given)
