"""One local Ray for all tests of jobs/ that need one; its environment is set before ray is imported."""

import os

import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.pop("RAY_ADDRESS", None)


@pytest.fixture(scope="session")
def slots():
    """A connected Ray with two places, made as `transfer run` makes it."""
    from jobs.cluster import Place, connect

    with connect(Place("local", workers=2), tasks=100) as slots:
        yield slots
