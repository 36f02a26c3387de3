"""`transfer init NAME`: a study to begin with."""

import re
from pathlib import Path

import pytest
import torch

from jobs import cli
from transfer import catalog
from transfer.study import read


@pytest.fixture
def told(capsys, monkeypatch, tmp_path):
    """Runs one command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        return ended.value.code, capsys.readouterr()

    return run


@pytest.mark.parametrize("name", ["mine", "studies/mine", "模型", "it's mine", "a.b"])
def test_what_is_written_reads_as_a_study_in_each_of_its_sizes(told, name):
    code, said = told("init", name)
    assert code == 0
    study, module = map(Path, said.out.splitlines())
    assert f"transfer run {study} --small" in said.err
    for size in ("", "small"):
        found = read(study, size=size)
        assert found.name == Path(name).name
        assert [attack.choice.name for attack in found.attacks][::3] == ["fgsm", "my_code:my_attack"]
        assert [path.resolve() for path in found.modules.values()] == [module.resolve()]
    assert sum(size for size in read(study, size="small").splits.values()) == 1000


def test_what_its_comments_offer_reads_too(told):
    told("init", "mine")
    path = Path("mine/mine.yaml")
    offered = [line[2:] for line in path.read_text().splitlines() if re.match("# [a-z_]+: ", line)]
    assert len(offered) == 4
    path.write_text(path.read_text() + "\n".join(offered) + "\n")
    found = read(path)
    assert [ensemble.name for ensemble in found.ensembles] == ["both"]
    assert found.targets == ("mlp A", "mlp B", "lenet A", "lenet B")


def test_its_network_learns_from_pixels_and_its_attack_stays_in_the_box_and_the_ball(told):
    told("init", "mine")
    source = Path("mine/my_code.py")
    network = catalog.load("architectures", "my_code:my_net", source)((1, 9, 28), 10, width=4).double()
    images = torch.rand(6, 1, 9, 28, dtype=torch.float64).round(decimals=1)
    labels = torch.arange(6)
    crafted = catalog.load("attacks", "my_code:my_attack", source)(network, images, labels, epsilon=0.1, steps=3)
    assert network(images).shape == (6, 10)
    assert crafted.min() >= 0 and crafted.max() <= 1
    assert (crafted - images).abs().max() <= 0.1 + 1e-12
    clean, fooled = (torch.nn.functional.cross_entropy(network(shown), labels) for shown in (images, crafted))
    assert fooled > clean
    assert not crafted.requires_grad


def test_nothing_that_is_there_is_overwritten(told):
    told("init", "mine")
    Path("mine/mine.yaml").unlink()
    Path("mine/my_code.py").write_text("# a week of work\n")
    code, said = told("init", "mine")
    assert code == 2
    assert said.err == "error[U097]: mine/my_code.py is there already and is left as it is; give another name\n"
    assert Path("mine/my_code.py").read_text() == "# a week of work\n"
    assert not Path("mine/mine.yaml").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "/"])
def test_a_name_is_needed(told, name):
    code, said = told("init", name)
    assert code == 2
    assert said.err.startswith("error[U089]: ")


def test_a_folder_that_cannot_be_made_is_the_environment_s_problem(told):
    Path("taken").write_text("a file")
    code, said = told("init", "taken")
    assert code == 4
    assert said.err.startswith("error[R075]: cannot write taken: ")
    assert len(said.err.splitlines()) == 1
