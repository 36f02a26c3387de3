import io
import json
import sys

import pytest
from rich.console import Console

from jobs.board import Board
from jobs.labels import Labels
from jobs.policy import Cause
from jobs.progress import Json, Lines, Live, duration, progress
from jobs.work import Receipt
from tests.jobs.steps import study


def receipt(task, seconds=2.0, accuracy=None):
    return Receipt(
        task=task.id, stage=task.stage, seconds=seconds, pid=1, host="here", attempt="a", bytes=9, accuracy=accuracy
    )


@pytest.fixture
def board():
    return Board(study(2))


def end(board, watch, **more):
    task = board.take()
    watch.started(task)
    board.finish(task)
    watch.finished(task, receipt(task, **more))
    return task


def test_each_event_is_one_line_on_stderr(board, capsys):
    watch = Lines(board, Labels({}), workers=1)
    trained = end(board, watch, accuracy=0.974)
    failed = board.take()
    watch.retried(failed, Cause.DIED, "process 7 died: killed\nwith more")
    watch.failed(failed, "ValueError: no\n  second line", 3)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"[1/6] trained {trained.id[:12]}: 97.4% right (2.0 s)",
        f"again: train {failed.id[:12]} (died: process 7 died: killed)",
        f"failed: train {failed.id[:12]}: ValueError: no. 3 others need it and are left out.",
    ]


def test_each_event_is_one_json_object_for_whoever_reads_logs(board, capsys):
    watch = progress(board, Labels({}), 1, "json")
    assert type(watch) is Json
    trained = end(board, watch, accuracy=0.974)
    failed = board.take()
    watch.retried(failed, Cause.DIED, "killed\nwith more")
    watch.failed(failed, "ValueError: no", 3)
    watch.told("a word")
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert all(one.pop("time").endswith("+00:00") for one in said)
    seen = {"pid": 1, "host": "here", "attempt": "a", "bytes": 9, "accuracy": 0.974, "seconds": 2.0}
    task = {"stage": "train", "task": failed.id, "what": failed.id[:12]}
    assert said == [
        {"event": "done", "stage": "train", "task": trained.id, "what": trained.id[:12], **seen},
        {"event": "again", **task, "cause": "died", "message": "killed\nwith more"},
        {"event": "failed", **task, "reason": "ValueError: no", "blocked": 3},
        {"event": "told", "text": "a word"},
    ]


def test_the_time_left_is_what_the_seen_stages_take_shared_by_the_workers(board):
    watch = Lines(board, Labels({}), workers=2)
    for _ in range(2):
        end(board, watch, seconds=3.0)
    assert watch.seconds_left() is None  # no craft has been seen
    end(board, watch, seconds=5.0)
    assert watch.seconds_left() is None  # no evaluation has been seen
    end(board, watch, seconds=7.0)
    end(board, watch, seconds=9.0)
    assert watch.seconds_left() == 9.0 / 2


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_a_table_that_counts_every_stage(board, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress(board, Labels({}), 1) as watch:
        assert isinstance(watch, Live)
        trained = end(board, watch, accuracy=0.5)
        board.take()
        console = Console(file=io.StringIO())
        console.print(watch.table())
    shown = console.file.getvalue()
    rows = [line.split() for line in shown.splitlines() if line.strip()]
    assert rows[0] == ["done", "running", "left", "failed"]
    assert ["train", "1", "1", "·", "·"] in rows
    assert ["craft", "·", "·", "2", "·"] in rows
    assert "Ctrl-C is safe" in shown
    assert f"trained {trained.id[:12]}: 50.0% right" in sys.stderr.getvalue()


@pytest.mark.parametrize("variable,value", [("TERM", "dumb"), ("TERM", None)])
def test_a_terminal_that_cannot_redraw_gets_lines(board, monkeypatch, variable, value):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.delenv(variable) if value is None else monkeypatch.setenv(variable, value)
    assert type(progress(board, Labels({}), 1)) is Lines


@pytest.mark.parametrize(
    "seconds,text",
    [(0.4, "0 s"), (48, "48 s"), (89, "89 s"), (130, "2 min"), (5399, "1 h 30 min"), (12_000, "3 h 20 min")],
)
def test_a_duration_is_said_as_people_say_it(seconds, text):
    assert duration(seconds) == text
