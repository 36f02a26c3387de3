"""What weights bound beside what was measured, on networks whose numbers are known."""

import math

import pytest

from analysis.answers import answer
from tests.analysis.made import craft, crafted, model, tables

# product, margin and slope of the margin at two images, how far each is from being fooled
SEEN = {
    "a seed 0": (2.0, [(4.0, 2.0, 2.5), (1.0, 1.0, 1.5)]),
    "a seed 1": (4.0, [(4.0, 2.0, 3.5), (1.0, 1.0, 0.1)]),  # nearer than 1 / (4 root 2)
    "b": (8.0, [(4.0, 4.0, 1.0), (1.0, 1.0, None)]),
}


@pytest.fixture(scope="module")
def connection():
    models, crafts, made, probes, measured = [], [], [], [], []

    def value(probe, name, number, image=None):
        nothing = {"model": "", "other": None, "craft": None, "layer": None, "unit": None}
        measured.append({"probe": probe, **nothing, "image": image, "name": name, "value": number})

    for place, (name, (product, images)) in enumerate(SEEN.items()):
        one = model(name, place, seed=int(name[-1]) if name[-1].isdigit() else 0)
        on = craft(one, attack="ddn", budget="as crafted", order=place)
        models.append(one)
        crafts.append(on)
        for function in ("operator_norms", "local_slopes"):
            asked = {"probe": f"{function} {name}", "name": function, "function": function, "model": name}
            probes.append({**asked, "part": "test", "position": len(probes)})
        value(f"operator_norms {name}", "product", product)
        value(f"operator_norms {name}", "circular_product", 2 * product)
        for image, (margin, slope, distance) in enumerate(images):
            for word, number in (("margin", margin), ("slope", slope), ("jacobian", slope / 2)):
                value(f"local_slopes {name}", word, number, image)
            made.append(crafted(on, image, l2=distance or 9.0, is_found=distance is not None))
    return tables(models=models, crafts=crafts, crafted=made, probes=probes, measured=measured)


def test_each_quantity_is_a_mean_over_the_seeds_of_a_network(connection):
    rows = {(row["network"], row["quantity"]): row for row in answer(connection, "szegedy2014_stability").entries}
    found = {quantity: row["ours"] for (network, quantity), row in rows.items() if network == "a"}
    root = math.sqrt(2)
    assert found == pytest.approx(
        {
            "product": 3,
            "circular_product": 6,
            "slope": 1,
            "looseness": 3,
            "distance": (2 + 1.8) / 2,
            "certified": (2.5 / (2 * root) + 2.5 / (4 * root)) / 2,
            "linear": 1.5,
            "broken": 25,  # one of the two images of one of the two seeds
        }
    )
    assert rows["b", "distance"]["ours"] == 1 and rows["b", "linear"]["ours"] == 1  # what was never fooled is left out


def test_two_networks_are_always_in_line_and_no_interval_is_told(connection):
    rows = {row["quantity"]: row for row in answer(connection, "szegedy2014_stability_order").entries}
    assert rows["product"]["ours"] == pytest.approx(-1) and rows["certified"]["ours"] == pytest.approx(1)
    assert rows["product"]["networks"] == 2 and rows["product"]["low"] is None
