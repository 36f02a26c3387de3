"""`transfer run --supervise`: who is begun again, and who is not."""

import os
import signal
import subprocess
import sys
import time

import pytest

from jobs.supervisor import supervise

# A program that counts its beginnings in a file and ends the n-th time as its n-th word says.
PROGRAM = """
import os, signal, sys
path, *ends = sys.argv[1:]
open(path, "a").write("x")
end = ends[min(len(open(path).read()), len(ends)) - 1]
os.kill(os.getpid(), getattr(signal, end)) if end.startswith("SIG") else sys.exit(int(end))
"""
AT_ONCE = (0.0, 0.0, 0.0)


def supervised(folder, *ends, pauses=AT_ONCE):
    """The exit code, and how often it was begun."""
    path = folder / "beginnings"
    return supervise([sys.executable, "-c", PROGRAM, str(path), *ends], pauses), len(path.read_text())


@pytest.mark.parametrize("death", ["SIGKILL", "SIGSEGV", "1"])
def test_a_run_that_dies_is_begun_again_until_it_ends_by_itself(tmp_path, death, capfd):
    assert supervised(tmp_path, death, death, "0") == (0, 3)
    assert capfd.readouterr().err.count("the run has died") == 2


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5, 130])
def test_an_end_that_would_come_again_is_left_as_it_is(tmp_path, code):
    assert supervised(tmp_path, str(code)) == (code, 1)


def test_a_cluster_that_was_there_is_waited_for(tmp_path):
    assert supervised(tmp_path, "SIGKILL", "4", "0") == (0, 3)


def test_it_is_given_up_after_so_many_deaths_in_a_row(tmp_path, capfd):
    assert supervised(tmp_path, "SIGKILL") == (137, 4)
    assert "has died 4 times in a row; given up" in capfd.readouterr().err


# A program that says when it is up, and when it is asked to end.
WAITS = """
import signal, sys, time
def say(text): open(sys.argv[1], "a").write(text)
signal.signal(signal.SIGTERM, lambda *_: (say("15"), sys.exit(143)))
say("up")
time.sleep(60)
"""


def test_a_signal_reaches_the_run_once_and_nothing_is_begun_again(tmp_path):
    path = tmp_path / "said"
    program = "import sys; from jobs.supervisor import supervise; sys.exit(supervise(sys.argv[1:], (0.0,)))"
    outer = subprocess.Popen([sys.executable, "-c", program, sys.executable, "-c", WAITS, str(path)])
    until = time.monotonic() + 20
    while not path.exists() or path.read_text() != "up":
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(outer.pid, signal.SIGTERM)
    assert outer.wait(20) == 143
    assert path.read_text() == "up15"
