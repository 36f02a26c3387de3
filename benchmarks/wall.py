"""How much of two workers' time is work when tasks are long: from the moment Ray is up until the last task is done."""

import statistics
import tempfile
import time
from pathlib import Path

from jobs.board import Board
from jobs.cluster import Place, connect
from jobs.controller import Controller
from jobs.ray_executor import RayExecutor
from jobs.request import request
from tests.jobs.fleet import Nobody

WORKERS = 2
LONG = 5.0  # seconds
STAGES = ("train", "craft", "evaluate")
STUDY = """
title: Tasks of five seconds and more
data: mnist
splits: {A: 6000}
models: {resnet: {architecture: {name: resnet, depth: 8, width: 8}}}
every_model: {recipe: {name: adam, epochs: 1}, split: A, seed: [0, 1, 2, 3, 4, 5, 6, 7]}
attacks: {pgd: {epsilon: 0.1, steps: 4}}
controls: []
images: {test: 6000}
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "long_tasks.yaml")
        path.write_text(STUDY, encoding="utf-8")
        made = request(str(path), Path(folder, "results"))
        store = made.open_store()
        board = Board(made.plan.tasks)
        with connect(Place("local", WORKERS), len(made.plan.tasks)) as slots:
            began = time.perf_counter()
            executor = RayExecutor(store.location, slots)
            done = Controller(board, store, executor, Nobody(), Nobody(), workers=slots.workers).run().done
            wall = time.perf_counter() - began
        seconds = [record.seconds for record in store.records()]
        typical = {one: statistics.median(record.seconds for record in store.records(one)) for one in STAGES}
    assert done == len(seconds) == len(made.plan.tasks)
    share = sum(seconds) / WORKERS / wall
    print(
        f"{done} tasks on {WORKERS} workers, {min(seconds):.1f} to {max(seconds):.1f} s each, "
        f"{sum(one < LONG for one in seconds)} shorter than {LONG:.0f} s; in the middle "
        f"{', '.join(f'{one} {held:.1f} s' for one, held in typical.items())}\n"
        f"  wall {wall:.1f} s since Ray is up, torch's loading included; tasks' own {sum(seconds):.1f} s\n"
        f"  {share:.1%} of the workers' time is the tasks' own (wanted: at least 90%)"
    )


if __name__ == "__main__":
    main()
