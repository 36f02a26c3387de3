"""What every probe must do; a new file is tested on arrival."""

import re
from pathlib import Path

import pytest
import torch

from analysis import database
from tests.studies import finished
from tests.transfer.attacks.planes import CLASSES, SHAPE, network
from tests.transfer.probes.asking import ask
from transfer import catalog
from transfer.draws import Draws
from transfer.study.settings import reader

NAMES = catalog.names("probes")
PAGE = (Path(__file__).parents[3] / "docs/study.md").read_text("utf-8")
# What makes each quick.
FEW = {
    "boundary_distance": {"steps": 8},
    "gaas": {"most": 6, "steps": 8},
    "line_scan": {"steps": 4, "shown": 2},
    "local_slopes": {"samples": 2},
    "neighbourhood": {"samples": 3, "multipliers": (0.5, 2.0)},
    "rubbish": {"samples": 20},
    "rubbish_transfer": {"samples": 3},
    "unit_coherence": {"tops": (2, 4), "units": 5},
}


def answer(name, dtype=torch.float64, **settings):
    images = Draws("images", range(6)).uniform(*SHAPE).to(dtype)
    crafted = (images + 0.1 * Draws("away", range(6)).normal(*SHAPE)).clamp(0, 1).to(dtype)
    model, other = (network("lenet", seed, dtype) for seed in (0, 1))
    labels = model(images).argmax(dim=1)
    given = {"model": model, "other": other, "labels": labels, "crafted": crafted, "classes": CLASSES}
    return ask(name, images, **given, **FEW.get(name, {}), **settings)


@pytest.mark.parametrize("name", NAMES)
def test_its_answer_is_finite_the_same_each_time_and_whatever_the_batch(name):
    found, again = answer(name), answer(name)
    assert found.columns == again.columns and torch.tensor(found.columns["value"]).isfinite().all()
    if "batch" not in {setting.name for setting in catalog.describe("probes", name).settings}:
        return
    parted = answer(name, batch=4)
    keys = ("name", "layer", "unit", "image", "value")
    rows = [sorted(zip(*(one.columns[key] for key in keys), strict=True), key=repr) for one in (found, parted)]
    assert [row[:4] for row in rows[0]] == [row[:4] for row in rows[1]]
    values = [torch.tensor([row[4] for row in part], dtype=torch.float64) for part in rows]
    assert torch.allclose(*values, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_float32_asks_the_same(name):
    exact, rounded = (answer(name, dtype) for dtype in (torch.float64, torch.float32))
    assert exact.names() == rounded.names() and torch.tensor(rounded.columns["value"]).isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_its_docstring_says_what_each_name_means(name):
    text = catalog.load("probes", name).__doc__
    words = {word for found in answer(name).names() for word in re.findall(r"[a-z]\w*", found)}
    unsaid = words - set(re.findall(r"\w+", text))
    assert not unsaid and re.search(r"arXiv:|Szegedy et al. 2014", text)
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", NAMES)
def test_a_study_can_spell_its_settings(name):
    for setting in catalog.describe("probes", name).settings:
        assert setting.name in catalog.HANDED_OVER or reader(setting.annotation), setting


def test_all_of_them_run_in_a_study(tmp_path: Path):
    settings = {name: {**FEW.get(name, {}), "probe": name} for name in NAMES}
    lines = [
        f"  {name}: {{{', '.join(f'{key}: {_text(value)}' for key, value in settings[name].items())}}}"
        for name in NAMES
    ]
    text = "\n".join(
        [
            "data: mnist",
            "splits: {A: 100}",
            "models: {mlp: {architecture: {name: mlp, hidden: [8]}}, linear: {architecture: linear}}",
            "every_model: {recipe: {name: adam, epochs: 1}, split: A}",
            "attacks: {fgsm: {epsilon: 0.2}}",
            "images: {test: 6}",
            "probes:",
            *lines,
        ]
    )
    _, store = finished(tmp_path, text + "\n")
    rows = database.open(store.location)
    query = "select function, count(*) from measured join probes using (probe) group by all order by all"
    assert [row[0] for row in rows.sql(query).fetchall()] == sorted(NAMES)


def _text(value):
    return str(list(value)) if isinstance(value, tuple) else str(value)
