"""Tasks that need no torch: each writes a digest of its name and of what it read."""

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from transfer.store import Object, Record, Store
from transfer.tasks import Task


@dataclass(frozen=True, eq=False)
class Step(Task):
    """`does` is what happens on its way: nothing, or something bad."""

    name: str = ""
    after: tuple["Step", ...] = ()
    does: str = ""
    seconds: float = 0.0

    def content(self) -> dict[str, Any]:
        return {"name": self.name, "after": [need.id for need in self.after]}

    def needs(self) -> Iterator[Task]:
        yield from self.after


class TrainStep(Step):
    stage: ClassVar[str] = "train"


class CraftStep(Step):
    stage: ClassVar[str] = "craft"


class EvaluateStep(Step):
    stage: ClassVar[str] = "evaluate"


def perform(task: Step, store: Store, sleep: Callable[[float], None] = time.sleep) -> Record:
    """Reads what the task needs, does what it is told to, and commits."""
    if standing := store.record(task.stage, task.id):
        return standing
    sleep(task.seconds)
    misbehave(task, store.location)
    inputs = {}
    text = task.name.encode()
    for need in task.needs():
        record = store.record(need.stage, need.id)
        assert record, f"{task.name} began before {need.name} was done"
        inputs[need.id] = record.objects["made"]["sha256"]
        text += store.fetch(record, "made").read_bytes()
    made = Object(hashlib.sha256(text).hexdigest().encode(), "safetensors")
    return store.commit(
        task.id,
        task.stage,
        spec=task.spec(),
        inputs=inputs,
        objects={"made": made},
        provenance={},
        seconds=float(task.seconds),
    )


def misbehave(task: Step, home: Path) -> None:
    what, _, detail = task.does.partition(" ")
    match what:
        case "raise":
            raise ValueError(detail or "no such luck")
        case "exit":
            raise SystemExit(detail)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die-once":
            marker = home / f"{task.name} died"
            if not marker.exists():
                marker.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGKILL)
        case "freeze-once":
            marker = home / f"{task.name} froze"
            if not marker.exists():
                marker.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGSTOP)
        case "meet":  # goes on when two processes are at work
            (home / f"{os.getpid()} met").touch()
            until = time.monotonic() + 60
            while len(list(home.glob("* met"))) < 2 and time.monotonic() < until:
                time.sleep(0.02)
        case "memory":
            raise MemoryError


def study(networks: int = 3) -> list[Step]:
    """Networks, a craft on each, and each craft shown to all networks."""
    trains = [TrainStep(name=f"train {number}") for number in range(networks)]
    crafts = [CraftStep(name=f"craft on {train.name}", after=(train,)) for train in trains]
    shown = [EvaluateStep(name=f"show {craft.name}", after=(craft, *trains)) for craft in crafts]
    return [*trains, *crafts, *shown]


def digests(store: Store) -> dict[str, str]:
    """The SHA-256 of every object, task by task."""
    return {record.task: record.objects["made"]["sha256"] for record in store.records()}
