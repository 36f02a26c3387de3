"""A study as a job of a real cluster with a token, from its submission over a stop to its end."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from jobs.cluster import Place
from jobs.run_study import Asked, Wishes
from jobs.submission import job
from tests.jobs.head import head
from tests.studies import SMALL, done, planned, write
from transfer.store import Store
from transfer.study import read

OWN = """
def shifted(model, images, labels, *, epsilon: float):
    return (images + epsilon).clamp(0, 1)
"""
LONG = SMALL.replace("epochs: 2", "epochs: 100").replace("fgsm: {", "own: {attack: 'own_attacks:shifted', ")
LONG = LONG.replace("split: [A, B]", "split: [A, B]\n  seed: [0, 1]")


@pytest.fixture
def study(tmp_path):
    (tmp_path / "own_attacks.py").write_text(OWN)
    return write(tmp_path, LONG)


@pytest.fixture
def short():
    """A folder whose path is short, as the paths of Ray's sockets must be."""
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def transfer(*words, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    command = [str(Path(sys.executable).with_name("transfer")), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, env={**kept, **environment})


def test_a_job_is_named_by_study_words_and_attempt(study, tmp_path):
    asked, wishes = Asked(str(study), str(tmp_path / "results")), Wishes(Place(workers=3))
    first = job(asked, wishes, [])
    assert job(asked, wishes, [first.id, "other-1"]).id == first.id[:-1] + "2"
    assert first.id.startswith("small-") and first.id.endswith("-1")
    changed = Asked(str(study), str(tmp_path / "results"), ["every_model.seed=1"])
    assert job(changed, wishes, [first.id]).id.endswith("-1")
    assert first.metadata["study"] == "small"
    assert first.metadata["results"] == str(tmp_path / "results")
    assert first.entrypoint.startswith("python -m jobs.run_study kept:")
    assert first.entrypoint.endswith(f"--results {tmp_path / 'results'} --workers 3")


@pytest.mark.long
def test_a_study_is_submitted_stopped_and_gone_on_with_and_its_token_is_nowhere(study, short, tmp_path):
    results = tmp_path / "results"
    said = []
    with head(short) as up:

        def told(*words, **environment):
            said.append(transfer(*words, **{**up.environment, **environment}))
            return said[-1]

        words = ("submit", study, "--address", up.dashboard, "--results", results)
        wrong = told(*words, RAY_AUTH_TOKEN="f" * 64)
        assert (wrong.returncode, wrong.stderr.split(". ")[0]) == (
            4,
            f"error[U094]: the cluster at {up.dashboard} refuses the token",
        )
        name = told(*words).stdout.strip()
        second = told(*words)
        assert (second.returncode, second.stderr.split(". ")[0]) == (
            2,
            f"error[U099]: {name} is at work on this already",
        )
        until = time.monotonic() + 90
        while not list(results.glob("records/*/*")):
            assert time.monotonic() < until
            time.sleep(0.2)
        assert told("stop", name, "--address", up.dashboard).stdout == f"{name}: stopped\n"
        before = {record.task for record in Store.open(results).records()}
        assert 0 < len(before) < len(planned(read(study)).tasks)
        assert told(*words).stdout.strip() == f"{name[:-1]}2"
        followed = told("status", results, "--watch")
        assert "models 8/8, crafts" in followed.stdout
        assert told("doctor", "--address", up.address, "--results", results).returncode == 0
        assert said[-1].stdout.count("ok ") == len(said[-1].stdout.splitlines()) == 6
        logs = [path.read_bytes() for path in short.glob("r/session_*/logs/**/*") if path.is_file()]
    files = [path.read_bytes() for path in results.rglob("*") if path.is_file()]
    assert len(logs) > 5
    assert not [text for text in (*logs, *files) if up.token.encode() in text]
    assert not [one for one in said if up.token in one.stdout + one.stderr]
    alone = Store.open(tmp_path / "alone")
    done(read(study), alone)
    assert digests(Store.open(results)) == digests(alone)


@pytest.mark.long
def test_a_cluster_that_lets_anybody_in_is_refused_unless_somebody_insists(short, study, tmp_path):
    with head(short, mode="disabled") as up:
        words = (study, "--results", tmp_path / "results")
        for refused in (("submit", *words, "--address", up.dashboard), ("run", *words, "--address", up.address)):
            answer = transfer(*refused, HOME=str(short))
            assert answer.returncode == 4
            assert "error[U091]: the cluster at" in answer.stderr
        looked = transfer("doctor", "--address", up.address, "--insecure", HOME=str(short), RAY_AUTH_MODE="disabled")
        assert looked.returncode == 4
        assert "error token: the cluster accepts anyone\n      fix: start it with RAY_AUTH_MODE=token" in looked.stdout


def digests(store):
    return {(record.task, role): kept["sha256"] for record in store.records() for role, kept in record.objects.items()}
