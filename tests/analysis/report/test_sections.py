"""The sections of a report beside its matrix: what a probe measured, and how values are written."""

import pytest

from analysis.report.sections import cell, probes
from tests.analysis.made import model, tables

MODELS = [model("one"), model("two", 1)]


def probe(place, subject, name="slopes"):
    return {"probe": f"p{place}", "name": name, "function": "local_slopes", "model": subject["model"], "order": place}


def measured(place, name, value, **changed):
    nothing = dict.fromkeys(("model", "other", "craft", "image", "layer", "unit"))
    return {"probe": f"p{place}", "name": name, "value": value, **nothing, **changed}


def test_a_measure_has_one_line_for_each_model_with_mean_and_range():
    asked = [probe(0, MODELS[0]), probe(1, MODELS[1])]
    values = [(0, "slope", 1.0), (0, "slope", 3.0), (0, "bound", 9.0), (1, "slope", 5.0), (1, "bound", 7.0)]
    rows = [measured(place, name, value) for place, name, value in values]
    (section,) = probes(tables(study=[{}], models=MODELS, probes=asked, measured=rows))
    assert (section["name"], section["function"]) == ("slopes", "local_slopes")
    bound, slope = section["measures"]
    assert [(line["name"], line["n"], line["mean"], line["range"]) for line in slope["lines"]] == [
        ("one", 2, "2", "1 to 3"),
        ("two", 1, "5", "5 to 5"),
    ]
    assert (bound["low"], bound["high"], bound["lines"][0]["at"], bound["lines"][1]["at"]) == ("7", "9", 390.0, 10.0)


def test_a_pair_of_models_is_one_line():
    rows = [
        measured(0, "cosine", value, model=MODELS[0]["model"], other=one["model"])
        for value, one in ((0.5, MODELS[0]), (0.1, MODELS[1]), (0.3, MODELS[1]))
    ]
    (section,) = probes(tables(study=[{}], models=MODELS, probes=[probe(0, MODELS[0])], measured=rows))
    assert [(line["name"], line["mean"]) for line in section["measures"][0]["lines"]] == [
        ("one → one", "0.5"),
        ("one → two", "0.2"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "yes"), (60000.0, "60,000"), (0.12345, "0.1235"), (12345, "12,345"), ("<b>", "<b>")],
)
def test_a_value_is_written_as_people_read_it(value, text):
    assert cell(value)["text"] == text
