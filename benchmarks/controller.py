"""The controller: its own time a task, a simulated fleet of 64 GPUs, and the cost of a square as studies grow."""

import tempfile
import time
from pathlib import Path

from jobs.board import Board
from jobs.controller import Controller
from jobs.executor import Done, Receipt
from jobs.serial import SerialExecutor
from tests.jobs.fleet import Fleet, Nobody, many, simulate
from tests.jobs.simulation import Simulation
from tests.jobs.steps import TrainStep
from transfer import datasets
from transfer.plan import plan
from transfer.store import Store
from transfer.study import read

TASKS = 10_000
ATTACKS = """attacks:
  fgsm: {epsilon: 8/255}
  pgd: {epsilon: [4/255, 8/255]}
  mi_fgsm: {epsilon: 8/255}
  di_fgsm: {epsilon: 8/255}
"""
TINY = """
title: Many tiny networks
data: mnist
splits: {{A: 200}}
models:
  linear: {{architecture: linear}}
every_model: {{recipe: {{name: adam, epochs: 1}}, split: A, seed: {seeds}}}
attacks: {{fgsm: {{epsilon: 0.1}}}}
controls: []
images: {{test: 100}}
"""


class Instant(Simulation):
    """Workers that are done at once and write nothing: what is left is the controller."""

    def _end(self, worker):
        task, _ = self._queues[worker].popleft()
        if self._queues[worker]:
            self._begin(worker)
        made = Receipt(task=task.id, stage=task.stage, seconds=0.01, pid=1, host="", attempt="", bytes=0, accuracy=None)
        return Done(worker, task, made)


def own_time(folder: Path) -> float:
    """Milliseconds of the controller for a task, at 10,000 tasks and 64 workers; the simulation's own are in it."""
    tasks = [TrainStep(name=str(number), seconds=0.01) for number in range(TASKS)]
    store = Store.open(folder)
    began = time.process_time()
    controller = Controller(Board(tasks), store, Instant(store), Nobody(), Nobody(), workers=64)
    assert controller.run().done == TASKS
    return 1000 * (time.process_time() - began) / TASKS


def square(folder: Path, models: int) -> float:
    """Milliseconds of this process for a square of so many tiny networks, from storage to storage."""
    path = folder / f"tiny{models}.yaml"
    path.write_text(TINY.format(seeds=list(range(models))), encoding="utf-8")
    study = read(path)
    store = Store.open(folder / f"tiny{models}")
    asked = plan(study, datasets.facts(study.data))
    store.save_study(asked.document)
    spent = dict[str, float]()
    for stage in ("train", "craft", "evaluate"):
        tasks = [task for task in asked.tasks if task.stage == stage]
        committed = {record.task for record in store.records()}
        began = time.process_time()
        controller = Controller(Board(tasks, committed), store, SerialExecutor(store), Nobody(), Nobody(), workers=1)
        assert controller.run().done == len(tasks)
        spent[stage] = time.process_time() - began
    return 1000 * spent["evaluate"] / asked.squares


def told(fleet: Fleet, tasks: int, seconds: float) -> str:
    return (
        f"{tasks:,} tasks, {fleet.losses['machines']} machines lost; {fleet.clock / 3600:.2f} h, "
        f"{fleet.used(60, fleet.clock):.1%} of the GPUs' time used after the first minute, "
        f"{fleet.moved / 1e12:.1f} TB moved, {1000 * seconds / tasks:.2f} ms of the driver a task"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"controller's own time at {TASKS:,} tasks: {own_time(folder / 'own'):.2f} ms a task", flush=True)
        asked = many(folder, 1000, ATTACKS)
        for words, fleet in (("no failures", Fleet(64)), ("a spot loss every 2 min", Fleet(64, loss_every=120))):
            seconds = simulate(asked, fleet)
            print(f"1,000 models on 64 GPUs, {words}: {told(fleet, len(asked.tasks), seconds)}", flush=True)
        (folder / "warm").mkdir()
        square(folder / "warm", 2)  # torch is loaded
        costs = {models: square(folder, models) for models in (8, 32, 128)}
        each = ", ".join(f"{models} models {cost:.2f} ms" for models, cost in costs.items())
        print(f"a square: {each}; 128 against 8: {costs[128] / costs[8]:.2f}")


if __name__ == "__main__":
    main()
