"""What Ray's own metrics show of a run, for Prometheus and whatever reads it: tasks, seconds, queue, images."""

from ray.util.metrics import Counter, Gauge, Histogram

from jobs.board import Board, State
from jobs.controller import Watch
from jobs.executor import Receipt
from jobs.policy import Cause
from transfer.tasks import Craft, Evaluate, Probe, Task

SECONDS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]


class Metrics:
    """Counts what a watch is told, and tells it on. No metric is tagged by a task: there may be a hundred thousand."""

    def __init__(self, watch: Watch, board: Board) -> None:
        self.watch, self.board = watch, board
        self._tasks = Counter("transfer_tasks_total", "Attempts that ended, by how.", ("stage", "outcome"))
        self._seconds = Histogram("transfer_task_seconds", "Seconds that a committed task took.", SECONDS, ("stage",))
        self._queue = Gauge("transfer_queue_tasks", "Tasks of the study, by where they stand.", ("state",))
        self._images = Counter("transfer_images_total", "Images attacked, classified or measured.", ("stage",))

    def started(self, task: Task) -> None:
        self.watch.started(task)

    def finished(self, task: Task, receipt: Receipt) -> None:
        self._tasks.inc(tags={"stage": task.stage, "outcome": "done"})
        self._seconds.observe(max(receipt["seconds"], 1e-6), tags={"stage": task.stage})
        if count := images(task):
            self._images.inc(count, tags={"stage": task.stage})
        self.watch.finished(task, receipt)

    def failed(self, task: Task, reason: str, blocked: int) -> None:
        self._tasks.inc(tags={"stage": task.stage, "outcome": "given up"})
        self.watch.failed(task, reason, blocked)

    def retried(self, task: Task, cause: Cause, message: str) -> None:
        self._tasks.inc(tags={"stage": task.stage, "outcome": str(cause)})
        self.watch.retried(task, cause, message)

    def told(self, text: str) -> None:
        self.watch.told(text)

    def refresh(self) -> None:
        for state in State:
            self._queue.set(self.board.total(state), tags={"state": str(state)})
        self.watch.refresh()


def images(task: Task) -> int:
    """How many images a task works on."""
    match task:
        case Evaluate():
            return sum(craft.images for craft in task.crafts) * len(task.targets)
        case Craft() | Probe():
            return task.images
    return 0
