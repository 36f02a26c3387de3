"""A real browser, Debian's Chromium, that is offline and listens to everything a page says.

Where TRANSFER_CI is set it must be there; elsewhere its tests are left out when it is not.
"""

import os
import shutil

import pytest

from analysis import report
from tests.analysis.made import HOSTILE, random_results

CHROMIUM = shutil.which("chromium")
# Chromium may not shut itself in as root, which CI is; what it would ask its maker about, it is not to ask.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser():
    if os.environ.get("TRANSFER_CI") != "1":
        pytest.importorskip("playwright", reason="needs playwright: pip install -e '.[dev]'")
        if not CHROMIUM:
            pytest.skip("needs Debian's Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The report of a study whose models, and whose title, have names that would do harm if they were not text."""
    folder = tmp_path_factory.mktemp("made")
    title = "</script><script>document.title = 'harm'</script>"
    random_results(2, names=HOSTILE, images=12, classes=2, holes=0.1, title=title).commit(folder / "made")
    report.write(folder / "made", folder / "report.html")
    return folder / "report.html"


@pytest.fixture
def opened(browser, made):
    """Opens the report; whatever the page asks of a network or says to the console fails the test."""
    contexts, said = [], []

    def open_page(path=made, **settings):
        context = browser.new_context(offline=True, accept_downloads=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda asked: said.append(asked.url) if not asked.url.startswith(("file:", "data:", "blob:")) else None,
        )
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
