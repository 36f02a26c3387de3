"""A whole small study through the command line: real networks, a real Ray, real signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from jobs import cli
from transfer.store import Store

TINY = """
title: The smallest study that has every kind of task
data: mnist
splits: {P1: 300, P2: 300}
models:
  linear: {architecture: linear}
  mlp: {architecture: {name: mlp, hidden: [10]}}
every_model: {recipe: {name: adam, epochs: 1}, split: [P1, P2], seed: 0}
attacks:
  fgsm: {epsilon: [0.1]}
controls: [noise]
images: {test: 20}
"""
ROOT = Path(__file__).parents[2]
TASKS = 4 + (1 + 4 + 4) + 5  # trainings; clean, fgsm and its noise on each; tiles


def command(*words, program="from jobs.cli import main; main(sys.argv[1:])"):
    return [sys.executable, "-c", f"import sys; {program}", "run", *map(str, words)]


def environment():
    # No home folder, and none can be made. No cluster of the person who runs the tests.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return {**kept, "HOME": "/dev/null/home", "PYTHONPATH": str(ROOT)}


def run(*words, **more):
    return subprocess.run(command(*words, **more), capture_output=True, text=True, timeout=240, env=environment())


@pytest.fixture
def here(capsys):
    """The same in this process, which has torch already: its exit code, stdout and stderr."""

    def run_here(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run_here


def begin(*words, **more):
    """A run in a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        command(*words, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def records(folder):
    return {path.name: path.read_bytes() for path in Path(folder, "records").glob("*/*.json")}


def digests(folder):
    found = Store.open(folder, writing=False).records()
    return {record.task: {role: kept["sha256"] for role, kept in record.objects.items()} for record in found}


def wait_for(process, is_there, seconds=120):
    until = time.monotonic() + seconds
    while not is_there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.fixture(scope="module")
def undisturbed(study, tmp_path_factory):
    """The results of a serial run, and what it said."""
    folder = tmp_path_factory.mktemp("serial") / "results"
    check = "from jobs.cli import main\ntry: main(sys.argv[1:])\nfinally: assert 'ray' not in sys.modules"
    answer = run(study, "--serial", "--results", folder, program=check)
    assert answer.returncode == 0, answer.stderr
    return folder, answer


def test_a_serial_run_ends_with_the_matrix_the_picture_and_four_commands(undisturbed):
    folder, answer = undisturbed
    assert "fgsm, linf 0.1" in answer.stdout
    assert f"Heatmap: {folder / 'heatmap.png'}" in answer.stderr
    assert (folder / "heatmap.png").stat().st_size > 10_000
    following = answer.stderr.split("Next:\n")[1].splitlines()[::2]
    assert len(following) == 4
    executable = Path(sys.executable).parent / "transfer"
    assert all(line.strip().startswith((f"{executable} ", f"{sys.executable} -m jobs.cli ")) for line in following)
    assert len(digests(folder)) == TASKS


def test_off_a_terminal_each_event_is_a_line_on_stderr(undisturbed):
    _, answer = undisturbed
    lines = [line for line in answer.stderr.splitlines() if line.startswith("[")]
    assert len(lines) == TASKS
    assert lines[0].startswith(f"[1/{TASKS}] trained ")
    assert "% right" in lines[0]
    assert "\x1b" not in answer.stderr


def test_a_finished_study_finds_everything_done_and_starts_no_ray(study, undisturbed):
    folder, _ = undisturbed
    before = records(folder)
    check = (
        "from jobs.cli import main\ntry: main(sys.argv[1:])\nfinally: assert not {'ray', 'torch'} & set(sys.modules)"
    )
    began = time.monotonic()
    answer = run(study, "--results", folder, program=check)
    seconds = time.monotonic() - began
    assert answer.returncode == 0, answer.stderr
    assert "everything is found done" in answer.stderr
    assert "fgsm, linf 0.1" in answer.stdout
    assert records(folder) == before
    assert seconds < 10  # 3 s and the imports of a machine that is doing other things


def test_one_more_model_is_one_training_its_crafts_one_row_and_one_column(here, undisturbed, tmp_path):
    folder = tmp_path / "results"
    shutil.copytree(undisturbed[0], folder)
    before = records(folder)
    grown = tmp_path / "tiny.yaml"
    wide = "  wide: {architecture: {name: mlp, hidden: [12]}, split: P1}\n"
    grown.write_text(TINY.replace("every_model:", f"{wide}every_model:"))
    code, _, said = here("run", grown, "--serial", "--results", folder)
    assert code == 0, said
    after = records(folder)
    assert {name: after[name] for name in before} == before
    new = [json.loads(after[name].splitlines()[0]) for name in after.keys() - before.keys()]
    assert Counter(record["stage"] for record in new if record["stage"] != "evaluate") == {"train": 1, "craft": 2}
    tiles = [record["spec"] for record in new if record["stage"] == "evaluate"]
    squares = sum(len(tile["crafts"]) * len(tile["targets"]) for tile in tiles)
    assert squares == 2 * 5 + 9  # the new model's crafts on all, and the old ones' crafts on it


def test_only_one_task_runs_what_it_needs_and_no_more(here, study, undisturbed, tmp_path):
    crafts = Store.open(undisturbed[0], writing=False).records("craft")
    one = next(record for record in crafts if record.spec["attack"]["name"] == "fgsm")
    code, _, said = here("run", study, "--serial", "--only", one.task[:10], "--results", tmp_path / "results")
    assert code == 0, said
    assert set(digests(tmp_path / "results")) == {one.task, *one.spec["surrogates"]}


def test_a_study_that_measures_alone_ends_well_and_names_its_questions(here, tmp_path):
    path, folder = tmp_path / "tiny.yaml", tmp_path / "results"
    crafts = "attacks:\n  fgsm: {epsilon: [0.1]}\ncontrols: [noise]\n"
    path.write_text(TINY.replace(crafts, "probes: {gradient_size: {}}\n"))
    for _ in range(2):
        code, shown, said = here("run", path, "--serial", "--results", folder)
        assert code == 0, said
        assert shown == "" and f"ask {folder}" in said and "matrix" not in said


def test_a_task_that_nobody_knows_is_told(here, study, undisturbed):
    code, _, said = here("run", study, "--serial", "--only", "zzz", "--results", undisturbed[0])
    assert said.startswith("error[U096]: no task begins with 'zzz'.")
    assert code == 2


def test_a_failing_attack_of_ones_own_is_told_and_the_rest_is_done(here, tmp_path):
    (tmp_path / "mine.py").write_text(
        '"""My attacks."""\n\n\ndef broken(model, images, labels, *, epsilon: float):\n'
        '    """Breaks."""\n    raise ValueError("no such luck")\n'
    )
    path, folder = tmp_path / "tiny.yaml", tmp_path / "results"
    path.write_text(TINY.replace("  fgsm: {epsilon: [0.1]}", "  fgsm: {epsilon: [0.1]}\n  mine:broken: {epsilon: 0.1}"))
    code, shown, said = here("run", path, "--serial", "--results", folder)
    assert code == 3
    assert "4 tasks failed, 8 that need them are left out:" in said
    assert said.count("ValueError: no such luck") >= 4
    assert "--retry-failed" in said
    assert "fgsm, linf 0.1" in shown

    code, shown, _ = here("status", folder, "--failed")
    assert code == 0
    assert shown.count("ValueError: no such luck") >= 4
    assert "in broken" in shown
    lines = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line[:6] in ("models", "crafts")}
    assert lines == {"models": ["4", "0", "0"], "crafts": ["9", "4", "4"]}

    code, _, said = here("run", path, "--serial", "--results", folder)
    assert code == 3
    assert " crafted " not in said  # what failed is not tried again unasked


def test_a_flipped_bit_ends_a_run_with_the_task_it_struck(here, study, undisturbed, tmp_path):
    folder = tmp_path / "results"
    shutil.copytree(undisturbed[0], folder)
    struck = Store.open(folder).records("evaluate")[0]
    path = folder / struck.objects["predictions"]["key"]
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    code, shown, said = here("run", study, "--results", folder)
    assert code == 5
    assert f"error[R078]: task {struck.task[:12]}" in said
    assert shown == ""


def test_a_signal_before_anything_has_begun_says_how_to_go_on(study, tmp_path):
    process = begin(study, "--serial", "--results", tmp_path / "results")
    wait_for(process, (tmp_path / "results").exists)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert f"run {study} --results {tmp_path / 'results'} --serial" in said.split("Go on with:")[1]


SWALLOWS = """
import os, signal, sys
class Finder:
    def find_spec(name, *_):
        if name == "jobs.serial":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                pass
sys.meta_path.insert(0, Finder)
from jobs.cli import main
main(sys.argv[1:])
"""


def test_ctrl_c_that_an_import_swallows_ends_the_run_all_the_same(study, tmp_path):
    done = run(study, "--serial", "--results", tmp_path / "results", program=SWALLOWS)
    assert done.returncode == 130
    assert "Nothing was lost. Go on with:" in done.stderr
    assert not records(tmp_path / "results")


@pytest.mark.long
def test_killed_then_interrupted_then_finished_is_as_if_nothing_had_happened(here, study, undisturbed, tmp_path):
    folder = tmp_path / "results"
    words = (study, "--results", folder, "--workers", "2")

    first = begin(*words)
    wait_for(first, lambda: records(folder))
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=60)
    time.sleep(1)  # its actors end when they miss it, perhaps after one more commit
    kept = records(folder)
    assert 1 <= len(kept) < TASKS

    check = "from jobs.cli import main\ntry: main(sys.argv[1:])\nfinally: print('torch' in sys.modules)"
    second = begin(*words, program=check)
    wait_for(second, lambda: len(records(folder)) > len(kept))
    os.killpg(second.pid, signal.SIGINT)  # what Ctrl-C does: to the whole group
    shown, said = second.communicate(timeout=60)
    assert second.returncode == 130, said
    assert "Traceback" not in said
    assert f"run {study} --results {folder} --workers 2" in said.split("Go on with:")[1]
    assert shown == "False\n"  # the driver never imports torch

    pids = {record.pid for record in Store.open(folder, writing=False).records()}
    assert len(pids) >= 2
    assert not pids & {first.pid, second.pid}
    kept |= records(folder)
    code, _, said = here("run", study, "--results", folder, "--serial")
    assert code == 0, said
    assert said.count("] ") == TASKS - len(kept)
    after = records(folder)
    assert {name: after[name] for name in kept} == kept
    assert digests(folder) == digests(undisturbed[0])
