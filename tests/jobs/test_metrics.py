"""Ray's metrics of a run, as Prometheus would read them."""

import time
import urllib.request

import pytest

from jobs.board import Board
from jobs.executor import Receipt
from jobs.metrics import Metrics, images
from jobs.policy import Cause
from tests.jobs.steps import TrainStep
from tests.jobs.test_controller import Notes
from tests.studies import planned, write
from transfer.study import read


def test_images_are_counted_by_what_a_task_looks_at(tmp_path):
    asked = planned(read(write(tmp_path)))
    assert [images(one) for one in asked.trains] == [0] * 4
    assert images(asked.crafts[0].task) == 60
    assert sum(map(images, asked.evaluates)) == asked.squares * 60


@pytest.mark.long
def test_what_a_watch_is_told_is_counted_told_on_and_exported(slots):
    import ray

    task, notes = TrainStep(name="one"), Notes()
    metrics = Metrics(notes, Board([task, TrainStep(name="two")]))
    receipt = Receipt(task=task.id, stage="train", seconds=2.0, pid=1, host="", attempt="", bytes=1, accuracy=None)
    metrics.finished(task, receipt)
    metrics.retried(task, Cause.PREEMPTED, "gone")
    metrics.told("a word")
    metrics.refresh()
    assert (notes.retries, notes.said) == ([("one", Cause.PREEMPTED)], ["a word"])
    port = ray.nodes()[0]["MetricsExportPort"]
    wanted = {"transfer_tasks_total", "transfer_task_seconds", "transfer_queue_tasks", 'outcome="preempted"'}
    until = time.monotonic() + 60
    while True:
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
        if all(name in text for name in wanted):
            return
        assert time.monotonic() < until, {name for name in wanted if name not in text}
        time.sleep(1)
