"""The figures of a paper: readable with few models and many, the same bytes each time, their numbers beside them."""

import csv

import pytest

from analysis.figures import asymmetry, curves, figure, figures, gallery, map
from analysis.figures._paper import paper
from analysis.likeness import likeness
from analysis.matrix import matrix
from tests.analysis.figures.legible import texts, troubles
from tests.analysis.made import HOSTILE, NAMES, random_results, tables
from transfer.errors import TransferError

FORTY = tuple(f"{family} P{part} seed {seed}" for family in ("resnet", "vit") for part in (1, 2) for seed in range(10))
DRAWN = ("curves", "map", "asymmetry")


def made_alike(names=NAMES, images=12):
    """Random results in which a model says the same to a clean image wherever it is asked, as real ones do."""
    made = random_results(1, names=names, images=images, classes=2)
    said = {}
    for row in made.predictions:
        said.setdefault((row["target"], row["image"]), row["target_clean"] if row["image"] else row["label"])
    surrogates = {one["craft"]: one["surrogates"] for one in made.crafts}
    for row in (*made.predictions, *made.crafted):
        if "target" in row:
            row["target_clean"] = said[row["target"], row["image"]]
        for surrogate in surrogates[row["craft"]]:
            row["surrogate_clean"] = said[surrogate, row["image"]]
    return made


def connection(names=NAMES, images=12):
    made = made_alike(names, images)
    rows = {"models": made.models, "crafts": made.crafts, "predictions": made.predictions, "crafted": made.crafted}
    return tables(study=[made.document], **rows)


def numbers(path):
    return list(csv.DictReader(path.with_suffix(".csv").open(encoding="utf-8")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    results = tmp_path_factory.mktemp("made") / "made"
    made_alike().commit(results)
    return results


@pytest.fixture(scope="module")
def small():
    return connection()


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_has_the_same_bytes_on_every_run_and_embedded_fonts(name, small, tmp_path):
    for path in (tmp_path / "one.pdf", tmp_path / "two.pdf"):
        assert figure(name)(small, path) == ""
    data = (tmp_path / "one.pdf").read_bytes()
    assert data == (tmp_path / "two.pdf").read_bytes()
    assert b"/FontFile2" in data and b"/Type3" not in data and b"CreationDate" not in data


@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize(
    "names", [NAMES, HOSTILE, pytest.param(FORTY, marks=pytest.mark.long)], ids=["three", "hostile", "forty"]
)
def test_no_text_leaves_a_figure_or_covers_another(names, width):
    rows = connection(names, images=5)
    shown = matrix(rows)
    _, found = asymmetry.pairs(rows, shown.chosen)
    with paper("".join(names)):
        assert troubles(curves.draw(curves.points(rows), width)) == []
        assert troubles(map.draw(shown, likeness(shown), width)) == []
        assert troubles(asymmetry.draw(shown, found, width)) == []


def test_points_of_curves_are_those_of_the_question_about_budgets(small):
    asked = small.execute("select budget, n, fooled, rate from rate_against_budget order by budget").fetchall()
    attacks = sorted((row for row in curves.points(small) if row["control"] is None), key=lambda row: row["budget"])
    assert [(row["budget"], row["n"], row["fooled"], row["rate"]) for row in attacks] == asked
    assert all(row["low"] <= row["rate"] <= row["high"] for row in attacks)


def test_asymmetry_is_the_difference_of_two_squares_of_the_matrix(small, tmp_path):
    shown = matrix(small)
    places = [label.name for label in shown.columns]
    squares = {row.label.name: row.squares for row in shown.surrogates}
    asymmetry.of_results(small, tmp_path / "a.png")
    for row in numbers(tmp_path / "a.png"):
        there = squares[row["model"]][places.index(row["other"])]
        back = squares[row["other"]][places.index(row["model"])]
        assert (there.fooled, back.fooled) == (int(row["forth"]), int(row["back"]))
        assert there.n == back.n == int(row["n"])
        assert float(row["difference"]) == pytest.approx(100 * (there.rate - back.rate))


@pytest.mark.parametrize("name", ["asymmetry", "map"])
def test_the_sql_beside_a_figure_can_be_asked_again(name, small, tmp_path):
    figure(name)(small, tmp_path / "x.svg")
    again = small.execute((tmp_path / "x.sql").read_text("utf-8")).fetchall()
    assert len(again) > 0 and len(numbers(tmp_path / "x.svg")) > 0


def test_a_gallery_shows_each_surrogate_under_each_attack(folder, tmp_path):
    from analysis import open

    rows = open(folder)
    for path in (tmp_path / "one.pdf", tmp_path / "two.pdf"):
        assert gallery.of_results(rows, path, results=folder, width="column") == ""
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    found = numbers(tmp_path / "one.pdf")
    assert {(row["surrogate"], row["budget"]) for row in found} == {
        (name, budget) for name in NAMES for budget in ("linf 0.1", "linf 0.2")
    }
    assert len({row["image"] for row in found}) == 1
    assert len(rows.execute((tmp_path / "one.sql").read_text("utf-8")).fetchall()) == len(found)
    (image,) = {int(row["image"]) for row in found}
    with pytest.raises(TransferError, match="no craft of an attack has image 99"):
        gallery.of_results(rows, tmp_path / "x.png", results=folder, of="99")
    gallery.of_results(rows, tmp_path / "x.png", results=folder, of=str((image + 1) % 12))
    assert {int(row["image"]) for row in numbers(tmp_path / "x.png")} == {(image + 1) % 12}


def test_a_map_needs_three_models_and_says_so(tmp_path):
    with pytest.raises(TransferError, match=r"a map needs three models .* this matrix has 2"):
        map.of_results(connection(NAMES[:2]), tmp_path / "x.png")


def test_a_map_names_every_model_in_its_tree(small):
    shown = matrix(small)
    with paper(""):
        assert set(NAMES) <= set(texts(map.draw(shown, likeness(shown))))


def test_every_figure_says_what_it_shows():
    assert {"asymmetry", "beside_published", "curves", "gallery", "heatmap", "map"} <= figures().keys()
    assert all(figures().values())
