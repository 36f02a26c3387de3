"""The README shows nothing that does not work."""

import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", README, re.M | re.S)
LINES = [line[2:] for block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
COMMANDS = [shlex.split(line, comments=True) for line in LINES]
OF_RESULTS = [
    words for words in COMMANDS if words[0] == "transfer" and words[1] not in {"init", "check", "plan", "run"}
]


def test_the_two_first_commands_are_targets_of_the_makefile():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)
    assert [words for words in COMMANDS if words[0] == "make"] == [["make", "study"], ["make", "test"]]
    assert {"study", "test", "bench"} <= set(targets)


def test_the_study_file_shown_is_the_one_that_runs():
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", README, re.M | re.S)
    shipped = (ROOT / "jobs/studies/quickstart.yaml").read_text(encoding="utf-8")
    assert shipped.startswith(shown)
    assert shipped[len(shown) :].strip().startswith("small:")


def test_the_files_it_points_to_are_there():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("words", OF_RESULTS, ids=" ".join)
def test_every_command_on_results_answers(words, transfer, quickstart):
    done = transfer(*words[1:], folder=quickstart)
    assert done.returncode == 0, done.stderr
    assert done.stdout or "heatmap" in words
    if "-o" in words:
        assert (quickstart / words[words.index("-o") + 1]).stat().st_size > 1000


def test_a_study_run_again_is_found_done(transfer, quickstart):
    assert ["transfer", "run", "quickstart"] in COMMANDS
    done = transfer("run", "quickstart", "--small", folder=quickstart)
    assert done.returncode == 0 and "nothing to run" in done.stderr


@pytest.mark.long
def test_a_study_of_one_s_own_goes_from_init_to_a_matrix(transfer, tmp_path):
    own = [words for words in COMMANDS if words[0] == "transfer" and "mine" in words[-1]]
    assert [words[1] for words in own] == ["init", "check", "plan", "run"]
    for words in own:
        small = [] if words[1] == "init" else ["--small"]
        serial = ["--serial"] if words[1] == "run" else []
        done = transfer(*words[1:], *small, *serial, folder=tmp_path)
        assert done.returncode == 0, f"{words}: {done.stderr}"
    assert (tmp_path / "results/mine/heatmap.png").exists()


def test_the_script_form_is_the_same_run(quickstart):
    script = next(words for words in COMMANDS if words[0] == "python")
    assert script[:4] == ["python", "-m", "jobs.run_study", "quickstart"]
    done = subprocess.run([sys.executable, *script[1:], "--small"], cwd=quickstart, capture_output=True, text=True)
    assert done.returncode == 0 and "everything is found done" in done.stderr
    job = next(words for words in COMMANDS if words[0] == "ray" and words[1] == "job")
    assert job[job.index("--") + 1 :][:4] == script[:4]


def free_ports(count):
    """Ports that nobody listens on, below those that Ray gives to its workers."""
    found = []
    for port in range(6391, 10_000):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                found.append(port)
        if len(found) == count:
            return found
    raise OSError("no port is free")


@pytest.fixture
def cluster(tmp_path):
    """A Ray head of its own that wants a token; the environment in which a job can be submitted to it."""
    port, dashboard, agent = free_ports(3)
    binaries = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
        "RAY_ADDRESS": f"http://127.0.0.1:{dashboard}",
    }
    start = (
        f"ray start --head --block --num-cpus=1 --port={port} --dashboard-port={dashboard} --dashboard-host=127.0.0.1"
        # Jobs are started by the node's agent, whose usual port another Ray of this machine may hold.
        f" --dashboard-agent-listen-port={agent}"
    )
    without = {name: value for name, value in environment.items() if name != "RAY_ADDRESS"}
    head = subprocess.Popen(
        [*start.split(), f"--temp-dir={tempfile.mkdtemp(prefix='r', dir='/tmp')}"],
        env=without,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield environment
    # Not `ray stop`, which ends every Ray of this machine.
    os.killpg(head.pid, signal.SIGTERM)
    try:
        head.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(head.pid, signal.SIGKILL)
        head.wait(20)


@pytest.mark.long
def test_a_job_submitted_to_a_cluster_is_the_same_run(quickstart, cluster):
    job = next(words for words in COMMANDS if words[:3] == ["ray", "job", "submit"])
    words = [str(quickstart / "results/quickstart") if word == "/shared/quickstart" else word for word in job]
    for _ in range(30):  # until the head answers
        done = subprocess.run([*words, "--small"], cwd=ROOT, env=cluster, capture_output=True, text=True, timeout=120)
        said = done.stdout + done.stderr
        if "Failed to connect" not in said and "No available agent" not in said:
            break
        time.sleep(1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything is found done" in done.stdout + done.stderr
