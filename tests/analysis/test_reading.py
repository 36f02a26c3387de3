"""docs/reading.md reads one matrix: its numbers hold together, and the text names no others."""

import re
from pathlib import Path

import pytest

from analysis.statistics import wilson

PAGE = (Path(__file__).parents[2] / "docs/reading.md").read_text("utf-8")
BLOCK, TEXT = PAGE.split("```")[1], PAGE.split("```")[2]
NAMES = [f"{name} {part}" for name in ("linear", "mlp", "lenet") for part in ("P1", "P2")]


def lines_of(name):
    """The rates, intervals and n of a row."""
    rows = BLOCK.splitlines()
    start = next(number for number, row in enumerate(rows) if re.match(rf"{name} +\[?\d", row))
    rates = [float(text) for text in re.findall(r"\d+\.\d", rows[start])]
    bounds = [tuple(map(int, text)) for text in re.findall(r"(\d+)-(\d+)", rows[start + 1])]
    return rates, bounds, list(map(int, re.findall(r"n (\d+)", rows[start + 2])))


@pytest.mark.parametrize("name", NAMES)
def test_each_square_has_the_interval_of_its_rate_and_n(name):
    rates, bounds, counts = lines_of(name)
    for rate, (low, high), n in zip(rates[:-1], bounds, counts, strict=True):
        found = wilson(round(rate / 100 * n), n)
        assert (round(100 * found.low), round(100 * found.high)) == (low, high)


def test_means_are_those_of_the_squares_off_the_diagonal():
    table = [lines_of(name)[0] for name in NAMES]
    for place, row in enumerate(table):
        others = [rate for column, rate in enumerate(row[:-1]) if column != place]
        assert sum(others) / 5 == pytest.approx(row[-1], abs=0.101)
    means = [float(text) for text in re.findall(r"\d+\.\d", re.search(r"\nmean .*", BLOCK)[0])]
    for place, mean in enumerate(means):
        column = [row[place] for number, row in enumerate(table) if number != place]
        assert sum(column) / 5 == pytest.approx(mean, abs=0.101)


def test_each_number_in_bold_stands_in_the_matrix():
    named = re.findall(r"\*\*([^*]+)\*\*", TEXT)
    assert len(named) > 12
    for number in named:
        assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", BLOCK), number


def test_what_is_said_of_single_squares_is_so():
    squares = {name: dict(zip(NAMES, lines_of(name)[0], strict=False)) for name in NAMES}
    assert squares["linear P1"]["mlp P1"] == 60.8 and squares["mlp P1"]["linear P1"] == 39.7
    assert round(60.8 - 39.7) == 21 and squares["mlp P1"]["mlp P2"] == 80.0
    assert (squares["linear P1"]["lenet P1"], squares["linear P1"]["lenet P2"]) == (3.3, 2.2)
    assert max(lines_of(name)[0][-1] for name in NAMES) == lines_of("linear P1")[0][-1] == 37.0
