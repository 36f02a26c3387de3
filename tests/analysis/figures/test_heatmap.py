import re
import warnings
import xml.etree.ElementTree as ElementTree

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from analysis.figures import heatmap
from analysis.figures._paper import cut, extent, lettered, paper, unknown
from analysis.matrix import Label, Matrix, Row, Square, matrix
from tests.analysis.figures.legible import troubles
from tests.analysis.made import HOSTILE, NAMES, random_results, tables
from transfer.errors import TransferError


def made(names=NAMES, holes=0.0, images=12, **changed):
    results = random_results(names=names, images=images, holes=holes, budgets=(0.1,), **changed)
    rows = {"models": results.models, "crafts": results.crafts, "predictions": results.predictions}
    return matrix(tables(study=[results.document], **rows))


def figure(shown):
    with paper(""):
        drawn = heatmap.draw(shown)
        FigureCanvasAgg(drawn).draw()
        return drawn


def texts(drawn):
    return [text.get_text() for text in drawn.findobj(Text) if text.get_text()]


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_a_picture_has_the_same_bytes_on_every_run(kind, tmp_path):
    shown = made(HOSTILE[:2], holes=0.3)
    for name in ("one", "two"):
        heatmap.write(shown, tmp_path / f"{name}.{kind}")
    one = (tmp_path / f"one.{kind}").read_bytes()
    assert one == (tmp_path / f"two.{kind}").read_bytes()
    assert not re.search(rb"20\d\d-\d\d-\d\d|D:20\d\d|CreationDate", one)


def test_fonts_in_a_pdf_are_embedded_as_type_42(tmp_path):
    heatmap.write(made(["one"]), tmp_path / "x.pdf")
    data = (tmp_path / "x.pdf").read_bytes()
    assert b"/FontFile2" in data and b"/Type3" not in data


def test_an_svg_holds_names_as_shapes_and_no_script(tmp_path):
    heatmap.write(made(HOSTILE[2:4]), tmp_path / "x.svg")
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(tmp_path / "x.svg").iter()}
    assert "script" not in tags and "path" in tags


def test_each_square_says_percent_and_half_the_interval():
    square = Square(50, 100)
    row = Row(Label("a"), (Square(99, 100, is_diagonal=True), square))
    shown = Matrix("T", "fgsm", "linf 0.1", None, "all", (Label("a"), Label("b")), (row,), ())
    said = texts(figure(shown))
    assert {"50", "±10", "99", "±3", "shown to", "crafted on", "mean"} <= set(said)
    assert any("n = 100 images" in one for one in said)


def test_numbers_in_the_squares_are_those_of_the_matrix():
    shown = made(holes=0.2)
    squares = [square for row in (*shown.surrogates, *shown.controls) for square in row.squares]
    means = [*shown.means, *(row.mean for row in (*shown.surrogates, *shown.controls))]
    rates = [square.rate for square in squares if square] + means
    expected = sorted(f"{100 * rate:.0f}" for rate in rates if rate is not None)
    drawn = figure(shown)
    found = [text.get_text() for text in drawn.axes[0].findobj(Text) if text.get_text().isdigit()]
    assert sorted(found) == expected
    assert sum(bool(box.get_hatch()) for box in drawn.findobj(Rectangle)) == squares.count(None)


@pytest.mark.parametrize(
    "names", [["one"], NAMES, HOSTILE, ["x" * 90, "y y " * 30], [f"family{n % 4} with seed {n}" for n in range(18)]]
)
def test_no_text_leaves_the_picture_or_covers_another(names):
    drawn = figure(made(names, holes=0.1, images=4, title="A long question about many networks? " * 3))
    page = drawn.bbox
    boxes = []
    for text in drawn.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, text.get_text()
            if text.get_rotation() in (0, 90):
                boxes.append((text.get_text(), box))
    for number, (one, box) in enumerate(boxes):
        for other, place in boxes[:number]:
            wide = min(box.x1, place.x1) - max(box.x0, place.x0)
            high = min(box.y1, place.y1) - max(box.y0, place.y0)
            assert min(wide, high) <= 1.5, (one, other)


@pytest.mark.parametrize(("width", "wanted"), [("column", 3.35), ("page", 6.9)])
@pytest.mark.parametrize("names", [NAMES, HOSTILE])
def test_it_is_as_wide_as_one_or_two_columns_of_a_page_when_that_is_asked_for(names, width, wanted):
    with paper(""):
        drawn = heatmap.draw(made(names, images=4), width=width)
    assert drawn.get_size_inches()[0] == pytest.approx(wanted)
    assert troubles(drawn) == []


def test_more_models_than_a_column_has_room_for_are_refused(tmp_path):
    shown = made([f"network {n}" for n in range(18)], images=1)
    with pytest.raises(TransferError, match="18 models are too many for a figure as wide as a column"):
        heatmap.write(shown, tmp_path / "x.png", width="column")
    with pytest.raises(TransferError, match=r"no width is called 'colum'\. Did you mean 'column'"):
        heatmap.write(shown, tmp_path / "x.png", width="colum")


def test_small_squares_show_no_interval():
    row = Row(Label("m0"), (Square(50, 100),) * 30)
    shown = Matrix("T", "fgsm", "linf 0.1", None, "all", tuple(Label(f"m{n}") for n in range(30)), (row,), ())
    said = texts(figure(shown))
    assert said.count("50") >= 30 and not any(one.startswith("±") for one in said)


def test_a_dollar_sign_is_no_mathematics(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        heatmap.write(made(["a$b_1^2$", r"$\frac{"]), tmp_path / "x.png")


def test_a_character_that_no_font_has_is_written_as_its_code_point(tmp_path, capfd):
    missing = "\U000f1234"  # private: nobody's font has it
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert heatmap.write(made([missing, "b"]), tmp_path / "x.png") == missing
    assert capfd.readouterr() == ("", "")
    assert lettered(f"a{missing}") == r"a\U000f1234"
    assert unknown("abc äöü ∑") == ""


def test_nothing_of_the_users_settings_changes_or_is_changed():
    matplotlib.rcParams["text.parse_math"] = True
    before = dict(matplotlib.rcParams)
    with paper("a"):
        assert matplotlib.rcParams["text.parse_math"] is False
    assert dict(matplotlib.rcParams) == before


def test_a_long_name_loses_its_middle_and_keeps_its_ends():
    with paper(""):
        short = cut("resnet trained on the first half, seed 7", 9, 1.5)
        assert extent(short, 9)[0] <= 1.5
    assert short.startswith("resnet") and short.endswith("7") and "…" in short


@pytest.mark.parametrize(
    ("name", "colours", "problem"),
    [
        ("x.gif", "cividis", "no picture ends in '.gif'. Known: .png, .pdf, .svg"),
        ("x", "cividis", "no picture ends in ''"),
        ("no/such/x.png", "cividis", "cannot write .*No such file"),
        ("x.png", "cividas", "no colour map is called 'cividas'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(name, colours, problem, tmp_path):
    with pytest.raises(TransferError, match=problem):
        heatmap.write(made(["one"], images=1), tmp_path / name, colours)
    assert list(tmp_path.iterdir()) == []
