"""A study of one's own pictures, networks, attack and weights, from a folder that is not the package's, on Ray."""

import re
from pathlib import Path

import pytest
import torch

from jobs import cli
from tests.transfer.datasets.drawn import encoded, pixels
from transfer import catalog

# The keys and forms of a study that somebody would write, with small sizes.
STUDY = """
title: Does my attack leave its own family?

data: {name: image_folder, train: photos/train, test: photos/test, size: 12}   # paths start at this file
splits: {A: 1/2, B: 1/2}

models:
  my_net: {architecture: {name: my_code:my_net, width: 4}}   # my_code.py lies beside this file
  small:  {architecture: {name: mlp, hidden: [8]}, recipe: {epochs: 2}}
  theirs:                          # trained elsewhere: no recipe, split or seed
    architecture: my_code:my_net
    weights: theirs.safetensors
    family: elsewhere              # blocks of the heatmap

every_model:
  recipe: {name: adam, epochs: 1, batch: 8}
  split: [A, B]
  seed: [0]

every_attack: {epsilon: [8/255]}

attacks:
  mine:      {attack: my_code:my_attack, steps: 2}
  mine_slow: {attack: my_code:my_attack, steps: 3, decay: [0.5, 1.0]}

ensembles: {both: [my_net, small]}   # one surrogate made of several
surrogates: [small, both]            # default: all
targets: all

controls: [noise]
images: {test: 6}
pixels: 8bit                       # default: exact (float32)
precision: float32
"""


@pytest.fixture
def folder(transfer, tmp_path):
    """What `transfer init` writes, with pictures, the study above and weights saved by torch."""
    assert transfer("init", "mine", folder=tmp_path).returncode == 0
    place = tmp_path / "mine"
    for part, count in (("train", 16), ("test", 5)):
        for number, name in enumerate(("cat", "dog")):
            (place / "photos" / part / name).mkdir(parents=True)
            for one in range(count):
                picture = pixels(14, 17, 3, seed=1000 * number + 100 * len(part) + one) // 2
                picture[:, :, number] += 100
                (place / "photos" / part / name / f"{one}.png").write_bytes(encoded(picture))
    network = catalog.load("architectures", "my_code:my_net", place / "my_code.py")((3, 12, 12), 2)
    torch.save({"state_dict": network.state_dict(), "epoch": 7}, place / "theirs.pt")
    (place / "mine.yaml").write_text(STUDY)
    return place


@pytest.mark.long
def test_a_person_s_own_runs_on_workers_from_init_to_heatmap(folder, transfer, monkeypatch, capsys):
    monkeypatch.chdir(folder)

    def here(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        said = capsys.readouterr()
        assert ended.value.code == 0, said.err
        return said

    assert "theirs.safetensors" in here("convert-weights", "theirs.pt").out
    said = here("check", "mine.yaml")
    assert re.search(r"^ok    model theirs: my_code:my_net, [\d,]+ weights$", said.out, re.MULTILINE)
    tasks = int(re.search(r"mine: (\d+) tasks, tried on 8 images", said.err)[1])
    assert len(here("plan", "mine.yaml", "--tasks").out.splitlines()) == tasks
    done = transfer("run", "mine.yaml", "--workers", "2", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "mine, linf 8/255" in done.stdout and "theirs" in done.stdout
    here("heatmap", "mine", "-o", "mine.png")
    assert Path("mine.png").stat().st_size > 10_000
    sizes = "select attack, max(linf) <= 8 / 255 + 1e-6 as is_within from crafts join crafted using (craft)"
    rows = here("sql", "mine", f"{sizes} where role = 'attack' group by all order by all", "--format", "csv").out
    assert rows.split("\n")[1:4] == ["mine,true", "mine_slow decay 0.5,true", "mine_slow decay 1.0,true"]
