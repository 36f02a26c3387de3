"""The report in a real browser: offline, by keyboard alone, in light and dark, on a telephone, with hostile names."""

import csv

import pytest

import analysis
from analysis.matrix import matrix
from analysis.report.squares import matrices
from tests.analysis.made import HOSTILE

pytestmark = pytest.mark.long
LAPTOP, TELEPHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def squares(page):
    return page.locator("#squares tbody button")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_violated_that_axe_knows_with_the_dialog_open_and_closed(opened, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(color_scheme=scheme, viewport=LAPTOP)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 20, 25)"}[scheme]
    assert Axe().run(page).response["violations"] == []
    squares(page).first.click()
    assert Axe().run(page).response["violations"] == []


def test_the_first_screen_of_a_laptop_answers_the_three_questions(opened):
    page = opened(viewport=LAPTOP)
    for question in ("Which model should I attack from?", "Which model is fragile?", "Does the training split matter?"):
        card = page.get_by_role("article").filter(has_text=question)
        box = card.bounding_box()
        assert box["y"] + box["height"] < LAPTOP["height"]
        assert card.locator(".answer").inner_text()


def test_numbers_on_the_page_are_those_of_the_matrix(opened, made):
    connection = analysis.open(made.parent / "made")
    page = opened(viewport=LAPTOP)
    for budget in ("linf 0.1", "linf 0.2"):
        for of in ("both-right", "all"):
            page.select_option("#budget", budget)
            page.select_option("#of", of)
            shown = matrix(connection, budget=budget, of=of)
            labels = [button.get_attribute("aria-label") for button in squares(page).all()]
            rows = (*shown.surrogates, *shown.controls)
            for label, square in zip(labels, (one for row in rows for one in row.squares), strict=True):
                if square is None:
                    assert label.endswith(": not run")
                elif square.rate is None:
                    assert label.endswith(": no image counts")
                else:
                    assert f": {100 * square.rate:.1f}%, 95%: " in label and label.endswith(f", n {square.n}")
                    assert f"{100 * square.interval.low:.1f} to {100 * square.interval.high:.1f}" in label


def test_measures_and_order_change_what_is_shown(opened):
    page = opened(viewport=LAPTOP)
    before = squares(page).all_inner_texts()
    page.select_option("#measure", "asymmetry")
    assert squares(page).all_inner_texts() != before
    assert "more than the other way round" in page.locator("#said").inner_text()
    page.select_option("#measure", "alike")
    assert "same class" in page.locator("#said").inner_text()
    page.select_option("#measure", "rate")
    page.select_option("#order", "alike")
    heads = page.locator("#squares thead th").all_inner_texts()
    assert sorted(heads) == sorted([*HOSTILE, "mean"])


def test_a_square_is_reached_and_opened_by_keyboard_alone(opened):
    page = opened(viewport=LAPTOP)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("Boolean(document.activeElement.closest('#squares'))"):
            break
    assert page.evaluate("document.activeElement === document.querySelector('#squares button')")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    where = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible() and where.split(":")[0].lower() in dialog.locator("h2").inner_text().lower()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == where


def test_a_square_shows_images_with_labels_and_what_is_said_of_them(opened):
    page = opened(viewport=LAPTOP)
    page.locator("#squares button:not(.none)").first.click()
    pictures = page.locator("dialog .shown").first.locator("canvas")
    assert pictures.count() == 3
    pixels = "one => new Set(one.getContext('2d').getImageData(0, 0, one.width, one.height).data).size"
    assert all(picture.evaluate(pixels) > 2 for picture in pictures.all())
    said = page.locator("dialog .shown").first.inner_text()
    assert "label" in said and "says" in said and "difference ×" in said


def test_a_table_is_downloaded_as_csv(opened, tmp_path):
    page = opened(viewport=LAPTOP)
    with page.expect_download() as download:
        page.locator("#matrix-csv").click()
    download.value.save_as(tmp_path / "m.csv")
    rows = list(csv.DictReader((tmp_path / "m.csv").open(encoding="utf-8")))
    assert {row["target"] for row in rows} == set(HOSTILE) and {"fooled", "n", "low", "high"} <= rows[0].keys()
    with page.expect_download() as download:
        page.locator("button.csv[data-name=cost]").click()
    assert download.value.suggested_filename == "cost.csv"


def test_a_telephone_shows_it_without_scrolling_sideways(opened):
    page = opened(viewport=TELEPHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
    squares(page).first.click()
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= TELEPHONE["width"]


def test_on_paper_it_is_light_and_whole_without_what_one_presses(opened):
    page = opened(color_scheme="dark", viewport=LAPTOP)
    squares(page).first.click()
    assert page.locator("dialog").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pressed = page.locator("#filters, .csv, #matrix-csv, .skip, .sql, dialog")
    assert pressed.count() > 5 and not any(one.is_visible() for one in pressed.all())
    assert squares(page).first.is_visible() and page.locator(".card").first.is_visible()
    cut = "[...document.querySelectorAll('.scroll')].filter((one) => getComputedStyle(one).overflowY !== 'visible')"
    assert page.evaluate(f"{cut}.length") == 0


def test_hostile_names_are_text_and_nothing_but_the_page_s_own_script_may_run(opened):
    page = opened(viewport=LAPTOP)
    assert "document.title = 'harm'" in page.locator("h1").inner_text() and page.title() != "harm"
    assert "<script>alert(1)</script>" in page.locator("#squares").inner_text()
    assert page.locator("script:not([type])").count() == 1
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_without_scripts_the_matrix_is_still_there(opened, browser, made):
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(made.as_uri())
    assert HOSTILE[0] in page.locator("#squares").inner_text() and page.locator("noscript p").is_visible()
    context.close()


def test_matrices_of_a_page_add_up_to_what_sql_counts(made):
    connection = analysis.open(made.parent / "made")
    asked = "select sum(n), sum(fooled) from main.transfer_matrix where role = 'attack'"
    n, fooled = connection.execute(asked).fetchone()
    counted = [
        square
        for one in matrices(connection)
        for row in one["rows"]
        if row["kind"] == "attack"
        for squares_of in row["counts"].values()
        for square in squares_of
        if square
    ]
    assert (sum(square[1] for square in counted), sum(square[0] for square in counted)) == (n, fooled)
