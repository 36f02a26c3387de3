"""An attack whose images change must raise its REVISION: only then does a study know that its work is new.

When a REVISION was raised on purpose: `python -m tests.transfer.attacks.test_golden` writes the new numbers.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.transfer.attacks.planes import images, network_for
from tests.transfer.attacks.test_every_attack import run
from transfer import catalog

FILE = Path(__file__).with_name("golden.json")
GOLDEN = json.loads(FILE.read_text()) if FILE.exists() else {}


def made(name: str) -> dict[str, object]:
    """The attack's revision, and some of the pixels it gives on a network and images that never change."""
    crafted = run(catalog.load("attacks", name), network_for(name), images(3)).images
    pixels = crafted[:, 0, ::5, ::5].flatten().tolist()
    return {"revision": catalog.describe("attacks", name).revision, "pixels": [round(pixel, 7) for pixel in pixels]}


@pytest.mark.parametrize("name", catalog.names("attacks"))
def test_an_attack_gives_what_it_gave_under_this_revision(name):
    assert name in GOLDEN, f"{name} is new: `python -m {__name__}` writes its numbers"
    found = made(name)
    assert found["revision"] == GOLDEN[name]["revision"], f"{name}'s REVISION was raised: write its new numbers"
    assert np.allclose(found["pixels"], GOLDEN[name]["pixels"], atol=1e-5), f"{name} changed: raise its REVISION"


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: made(name) for name in catalog.names("attacks")}, indent=1) + "\n")
