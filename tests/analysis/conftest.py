import pytest

from tests.analysis.made import HOSTILE


@pytest.fixture(params=HOSTILE)
def hostile(request) -> str:
    """A name that would do harm where it is taken for anything but text."""
    return request.param
