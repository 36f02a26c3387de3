"""What a person is told when a run ends: what it did, what failed, what to do next."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs.controller import Summary
from jobs.labels import VERBS, Labels, count
from jobs.progress import duration
from jobs.request import Request
from jobs.results import shown
from transfer.tasks import Task

FAILED, DAMAGED, SIGNAL = 3, 5, 128


def executable() -> list[str]:
    """The words that start this program, whatever the shell's path is."""
    script = Path(sys.executable).parent / "transfer"
    return [str(script)] if script.exists() else [sys.executable, "-m", "jobs.cli"]


def close(asked: Request, tasks: Sequence[Task], summary: Summary, again: Sequence[str]) -> int:
    """Tells how a run ended, and how to go on where it did not end well; the exit code."""
    if summary.interrupted:
        return stopped(summary, again)
    if summary.reasons or summary.blocked_by:
        _failures(asked, tasks, summary, again)
    if summary.damaged:
        say(str(summary.damaged))
        return DAMAGED
    return FAILED if summary.reasons else 0


def stopped(summary: Summary, again: Sequence[str]) -> int:
    """Tells how to go on after a signal; the exit code."""
    done = f"{count(summary.done, 'task')} done now, and kept." if summary.done else "Nothing was lost."
    say(f"stopped. {done} Go on with:\n  {_command(*again)}")
    return SIGNAL + (summary.interrupted or 0)


def tell_next(asked: Request, picture: Path | None) -> None:
    """Where the picture lies, if there is one, and commands that go on from here."""
    say(f"\nHeatmap: {picture.absolute()}\nNext:" if picture else "Next:")
    for words, meaning in _next(asked, is_matrix=picture is not None):
        say(f"  {_command(*words)}\n      {meaning}")


def say(text: str) -> None:
    """A word to the person: on stderr, since stdout is for data."""
    print(text, file=sys.stderr, flush=True)


def finished(asked: Request, summary: Summary) -> None:
    """One line on what a run did."""
    what = f"{count(summary.done, 'task')} done in {duration(summary.seconds)}"
    say(f"{asked.study.name}: {what}, in {shown(asked.home)}")


def _failures(asked: Request, tasks: Sequence[Task], summary: Summary, again: Sequence[str]) -> None:
    labels = Labels(asked.plan.document)
    named = {task.id: task for task in tasks}
    say(f"\n{count(len(summary.reasons), 'task')} failed, {len(summary.blocked_by)} that need them are left out:")
    for task_id, reason in summary.reasons.items():
        task = named[task_id]
        say(f"  {task_id[:12]}  {VERBS[task.stage]} {labels(task)}: {reason.strip().splitlines()[0]}")
    say(f"Tracebacks: {_command('status', str(asked.home), '--failed')}")
    say(f"Try again:  {_command(*again, '--retry-failed')}\n")


def _next(asked: Request, *, is_matrix: bool) -> list[tuple[list[str], str]]:
    home = str(asked.home)
    budgets = [
        (craft["attack"], craft["budget"]) for craft in asked.plan.document["crafts"] if craft["role"] == "attack"
    ]
    others = list(dict.fromkeys(budgets))[1:]
    first = ["matrix", home, "--of", "all"], "the same, counted over all images"
    if others:
        attack, budget = others[0]
        first = ["matrix", home, "--attack", attack, "--budget", budget], "another attack or budget"
    if not is_matrix:
        first = ["ask", home], "the questions that can be asked of what was measured"
    page = [(["report", home], "everything on one page, to be opened in a browser")] if is_matrix else []
    return [
        first,
        *page,
        (["sql", home, "--views"], "the tables to ask your own questions of, in SQL"),
        (["init", "my_study"], "a study file to edit, with a model and an attack of your own"),
    ]


def _command(*words: str) -> str:
    return shlex.join([*executable(), *words])
