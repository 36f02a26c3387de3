"""Directions that two networks share, and boundaries, seed by seed of the first network."""

import pytest

from analysis.answers import answer
from tests.analysis.made import model, tables

NETWORKS = [
    model(f"{name} seed {seed}", 2 * place + seed, seed=seed)
    for place, name in enumerate(("mlp", "lenet"))
    for seed in range(2)
]


@pytest.fixture(scope="module")
def connection():
    """mlp seed s and lenet seed t share 10 s + t + 1 directions; boundaries of two images, a third crosses none."""
    probes, measured = [], []
    for one in NETWORKS[:2]:
        for other in NETWORKS[2:]:
            for function in ("gaas", "boundary_distance"):
                probe = f"{function} {one['name']} {other['name']}"
                asked = {"probe": probe, "name": function, "function": function, "model": one["name"]}
                probes.append({**asked, "other": other["name"], "part": "test", "position": len(probes)})
                shared = 10 * one["seed"] + other["seed"] + 1
                values = {"gaas": [(0, "both", shared), (1, "both", shared)]}
                values["boundary_distance"] = [
                    *((0, f"legitimate {word}", value) for word, value in (("model", 4), ("other", 5), ("between", 1))),
                    *((1, f"legitimate {word}", value) for word, value in (("model", 2), ("other", 8), ("between", 6))),
                    (2, "legitimate model", 3),
                ]
                nothing = {"probe": probe, "model": "", "other": None, "craft": None, "layer": None, "unit": None}
                measured.append({**nothing, "image": None, "name": "both_right", "value": 4})
                measured += [
                    {**nothing, "image": image, "name": name, "value": value} for image, name, value in values[function]
                ]
    return tables(models=NETWORKS, probes=probes, measured=measured)


def test_shared_directions_are_means_over_images_then_over_the_others_of_each_seed(connection):
    (row,) = answer(connection, "tramer2017_dimensions").entries
    assert (row["network"], row["other"], row["quantity"]) == ("mlp", "lenet", "both")
    assert (row["ours"], row["seeds"]) == ((1.5 + 11.5) / 2, 2)


def test_boundaries_are_of_images_that_cross_both(connection):
    found = {row["measure"]: row["ours"] for row in answer(connection, "tramer2017_boundaries").entries}
    assert found == {"model": 3, "other": 6.5, "between": 3.5, "nearer": 50, "crossed": 50}
