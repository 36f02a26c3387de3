import pytest
from matplotlib.text import Text

from analysis import figures
from analysis.answers import answer
from analysis.figures import beside_published
from analysis.figures._paper import paper
from tests.analysis.figures.legible import troubles
from tests.analysis.made import model, prediction, random_results, tables
from tests.analysis.test_beside_published import DEEP, LINEAR, gaussian, made, shown
from transfer.errors import TransferError


@pytest.fixture(scope="module")
def connection():
    linear, deep = model(LINEAR), model(DEEP, 1)
    on, once = made(linear), gaussian(1)
    rows = shown(on, deep, 3, of=10) + shown(once, deep, 0, of=10) + [prediction(on, linear, 0, 0, 1)]
    return tables(models=[linear, deep], crafts=[on, once], predictions=rows)


def drawn(connection, name="szegedy2014_table2"):
    found = answer(connection, name)
    with paper(""):
        return beside_published.draw(found, found.layout)


def dots(axes, colour):
    """Where the dots of a panel are: line and percentage."""
    marked = [line for line in axes.lines if line.get_marker() in "oD" and line.get_markeredgecolor() == colour]
    return {round(line.get_ydata()[0]): line.get_xdata()[0] for line in marked}


def test_every_cell_has_a_published_dot_and_one_of_ours_where_it_was_run(connection):
    picture = drawn(connection)
    panels = {axes.get_title(loc="left"): axes for axes in picture.axes}
    assert len(panels) == 8
    assert dots(panels[LINEAR], beside_published.THEIRS) == pytest.approx(
        {0: 100, 1: 11.7, 2: 22.7, 3: 2, 4: 3.9, 5: 2.7}
    )
    assert dots(panels[LINEAR], beside_published.OURS) == {0: 100, 3: 30}
    assert dots(panels["gaussian rms 0.1"], beside_published.OURS) == {3: 0}
    assert dots(panels["AE400-10"], beside_published.OURS) == {}


def test_the_picture_says_whose_intervals_these_are(connection):
    said = " ".join(text.get_text() for text in drawn(connection).findobj(Text))
    assert "Table 2 of Szegedy et al. 2014" in said
    assert "256 images (published)" in said and "1 to 10 images (ours)" in said and "not run" in said


@pytest.mark.parametrize(("width", "wanted", "columns"), [("column", 3.35, 1), ("page", 6.9, 3)])
def test_it_is_as_wide_as_one_or_two_columns_of_a_page_when_that_is_asked_for(connection, width, wanted, columns):
    found = answer(connection, "szegedy2014_table2")
    with paper(""):
        picture = beside_published.draw(found, found.layout, width)
    assert picture.get_size_inches()[0] == pytest.approx(wanted)
    assert troubles(picture) == []
    assert len({round(axes.get_position().x0, 3) for axes in picture.axes}) == columns


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_equal_results_give_equal_bytes(connection, tmp_path, kind):
    paths = [tmp_path / f"{name}.{kind}" for name in ("one", "two")]
    for path in paths:
        assert beside_published.of_results(connection, path) == ""
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_first_table_of_which_anything_was_run_is_drawn_unless_another_is_asked_for(connection, tmp_path):
    beside_published.of_results(connection, tmp_path / "x.svg")
    beside_published.of_results(connection, tmp_path / "2.svg", "szegedy2014_table2")
    beside_published.of_results(connection, tmp_path / "4.svg", "szegedy2014_table4")
    first, two, four = ((tmp_path / f"{name}.svg").read_bytes() for name in ("x", "2", "4"))
    assert first == two != four


def test_what_cannot_be_drawn_names_what_can(connection, tmp_path):
    with pytest.raises(TransferError, match=r"Did you mean 'szegedy2014_table4'\? Known: szegedy2014_table2, szeg"):
        beside_published.of_results(connection, tmp_path / "x.png", "szegedy2014_table5")
    with pytest.raises(TransferError, match="nothing of this study stands beside"):
        beside_published.of_results(tables(), tmp_path / "x.png")
    with pytest.raises(TransferError, match=r"Did you mean 'heatmap'\? Known: a"):
        figures.figure("heatmp")


def test_every_figure_says_what_it_shows_and_draws_results(tmp_path):
    results = random_results(budgets=(0.1,))
    rows = {"models": results.models, "crafts": results.crafts, "predictions": results.predictions}
    for name, meaning in figures.figures().items():
        assert meaning.endswith(".")
        assert callable(figures.figure(name))
    figures.figure("heatmap")(tables(study=[results.document], **rows), tmp_path / "x.svg", of="all")
    assert (tmp_path / "x.svg").stat().st_size
