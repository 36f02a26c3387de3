"""Every system call of a commit fails in turn, in a process of its own that knows nothing of it."""

import os
import subprocess
import sys

import pytest

from tests.transfer.store.injection import can_trace

IN_CI = os.environ.get("TRANSFER_CI") == "1"


@pytest.mark.long
@pytest.mark.skipif(not can_trace() and not IN_CI, reason="needs strace: apt-get install strace")
def test_no_system_call_of_a_commit_that_fails_or_is_the_last_tears_or_loses_a_record():
    done = subprocess.run(
        [sys.executable, "-m", "tests.transfer.store.injection"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OneByOne: " in done.stdout and "Folder: 1 of 1" in done.stdout
    assert int(done.stdout.splitlines()[-1].split()[0]) >= 3 * 20
    print(done.stdout)
