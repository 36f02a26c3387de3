"""The text of `transfer plan`."""

import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jobs.board import FIRST, Board, State
from jobs.labels import VERBS, Labels, count
from jobs.own_ray import places
from jobs.progress import duration
from jobs.request import Request, keep
from transfer.store import Store
from transfer.tasks import Task

if TYPE_CHECKING:
    from jobs.estimate import Cost

RAY = 10.0  # seconds that a local Ray and its workers need to come up
THOUSANDS = ("", "k", "M", "G", "T", "P")


def listed(asked: Request) -> Iterator[str]:
    """One line a task: its id, whether it is done, what it is."""
    labels = Labels(asked.plan.document)
    for task in asked.plan.tasks:
        state = "done" if task.id in asked.committed else "left"
        yield f"{task.id[:12]}  {state}  {VERBS[task.stage]} {labels(task)}"


def bill(asked: Request, workers: int | None) -> Iterator[str]:
    """What is done, and what the rest costs as measured on a few images."""
    from jobs.estimate import total

    plan = asked.plan
    board = Board(plan.tasks, asked.committed)
    models, crafts = len(plan.document["models"]), len(plan.document["crafts"])
    squares = f"{plan.squares:,} squares, {plan.covered:,} of them done"
    yield f"{asked.study.name}: {models} models, {crafts} crafts, {squares}"
    if not board.is_open:
        yield "Everything is done."
        return
    costs = _costs(asked, board)
    yield f"\n{'':10}{'done':>8}{'left':>8}{'images':>10}{'gradients':>11}{'kept':>9}{'one CPU':>12}"
    for stage in FIRST:
        own = {task: cost for task, cost in costs.items() if task.stage == stage}
        done = board.counts[stage, State.DONE]
        if own or done:
            yield f"{VERBS[stage]:10}{done:8}{len(own):8}{_row(total(own.values()))}"
    yield f"{'':26}{_row(total(costs.values()))}"
    pool = min(workers or places(), len(costs))
    yield f"\nAbout {duration(_span(costs, pool))} with {count(pool, 'worker')}, each of about 1 GB."


def _costs(asked: Request, board: Board) -> "dict[Task, Cost]":
    from jobs.estimate import Meter
    from transfer.rehearse import Rehearsal
    from transfer.stages import settle

    settle(1)
    with tempfile.TemporaryDirectory() as folder:  # a person's own modules are read as a worker reads them
        store = Store.open(folder)
        keep(store, asked.study)
        meter = Meter(Rehearsal(store))
        return {task: meter.cost(task) for task in board.left()}


def _span(costs: "dict[Task, Cost]", workers: int) -> float:
    """The work shared out evenly, but no less than the longest task, and the start of Ray."""
    seconds = [cost.seconds for cost in costs.values()]
    return RAY + max(sum(seconds) / workers, max(seconds))


def _row(cost: "Cost") -> str:
    images, gradients, kept = (_short(value) for value in (cost.images, cost.gradients, cost.bytes))
    return f"{images:>10}{gradients:>11}{kept + 'B':>9}{duration(cost.seconds):>12}"


def _short(value: float) -> str:
    """`950`, `1.2M`: two digits are all that an estimate is good for."""
    power = 0
    while value >= 999.5 and power < len(THOUSANDS) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.{1 if power and value < 9.95 else 0}f}{THOUSANDS[power]}"
