"""What tests of the whole program share: the command, and one small quickstart that it has run."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Transfer = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def transfer() -> Transfer:
    """Runs `transfer ...` as a person does, in a folder; never raises, so that a test sees the exit code."""

    def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("transfer")), *words]
        return subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run


@pytest.fixture(scope="session")
def quickstart(transfer: Transfer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `transfer run quickstart --small` has run, through Ray."""
    folder = tmp_path_factory.mktemp("quickstart")
    done = transfer("run", "quickstart", "--small", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder
