"""One task in one process: what an actor does, and what a serial run does in its own process."""

import importlib
import os
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any

from jobs.executor import Done, Failed, Receipt
from jobs.machine import versions
from jobs.policy import FAULTLESS, LOSES_WORKER, Cause
from transfer.errors import DamagedResults, EnvironmentProblem, TransferError
from transfer.store import Record, Store
from transfer.tasks import Task

PERFORM = "transfer.stages:perform"
Perform = Callable[[Task, Store], Record]


def prepare(perform: str, threads: int, device: str = "cpu", share: float = 1.0) -> Perform:
    """The function `module:function` that performs tasks, after its module's `settle`, if it has one.

    This is where a process imports torch: once, before its first task.
    """
    name, _, function = perform.partition(":")
    module = importlib.import_module(name)
    settle = getattr(module, "settle", None)
    if settle:
        settle(threads, device, share)
    found: Perform = getattr(module, function)
    return found


def work(perform: Perform, task: Task, store: Store, worker: str, attempt: int) -> Done | Failed:
    """Performs one task and tells how it ended; whatever a person's own code raises is told, not raised."""
    began = time.perf_counter()
    try:
        return Done(worker, task, _receipt(perform(task, store), store))
    except TransferError as error:
        failed = Failed(worker, task, _cause(error), str(error), traceback.format_exc(), error)
    except (Exception, SystemExit) as error:
        cause = Cause.OUT_OF_MEMORY if _is_memory(error) else Cause.EXCEPTION
        failed = Failed(worker, task, cause, _message(error, task), traceback.format_exc())
    if failed.cause not in FAULTLESS | LOSES_WORKER:  # of a worker that is given up, the controller tells
        note(store, failed, task, attempt, time.perf_counter() - began)
    return failed


def note(store: Store, failed: Failed, task: Task, attempt: int, seconds: float) -> None:
    """Keeps a failed attempt with its cause and traceback in the results."""
    store.fail(
        task.id,
        task.stage,
        spec=task.spec(),
        attempt=attempt,
        cause=failed.cause,
        message=failed.message,
        traceback=failed.traceback,
        seconds=seconds,
    )


def receipt(record: Record, accuracy: float | None = None) -> Receipt:
    """What is told of a committed task."""
    return Receipt(
        task=record.task,
        stage=record.stage,
        seconds=record.seconds,
        pid=record.pid,
        host=record.host,
        attempt=record.attempt,
        bytes=bytes_of(record),
        accuracy=accuracy,
    )


def bytes_of(record: Record) -> int:
    """The bytes of all files that a task has made."""
    return sum(kept["bytes"] for kept in record.objects.values())


def where() -> dict[str, Any]:
    """The process that answers, and what it works with."""
    return {"pid": os.getpid(), "host": socket.gethostname(), "versions": versions()}


def _receipt(record: Record, store: Store) -> Receipt:
    return receipt(record, _accuracy(record, store) if "trained" in record.objects else None)


def _accuracy(record: Record, store: Store) -> float | None:
    """The share of the test part that a trained network classifies right after its last epoch."""
    import pyarrow.parquet as pq

    # The file is opened by Python: a memory map of it would outlive a removal of the results.
    with store.fetch(record, "trained").open("rb") as file:
        rows = pq.read_table(file, columns=["epoch", "part", "images", "right"]).to_pylist()
    tested = [row for row in rows if row["part"] == "test"]
    last = max(tested, key=lambda row: row["epoch"], default=None)
    return last["right"] / last["images"] if last else None


def _cause(error: TransferError) -> Cause:
    if isinstance(error, DamagedResults):
        return Cause.DAMAGED
    return Cause.ENVIRONMENT if isinstance(error, EnvironmentProblem) else Cause.EXCEPTION


def _message(error: BaseException, task: Task) -> str:
    if isinstance(error, SystemExit):
        return f"called sys.exit({error.code if error.code is not None else ''})"
    text = f"{type(error).__name__}: {error}".strip().rstrip(":")
    if _is_memory(error):
        return f"set `batch` below {_batch(task)} ({text.splitlines()[0]})"
    return text


def _batch(task: Task) -> Any:
    """The images that a task takes at a time, as its study says."""
    recipe = getattr(task, "recipe", None)
    return recipe.settings.get("batch", "what it is") if recipe else getattr(task, "batch", "what it is")


def _is_memory(error: BaseException) -> bool:
    # torch says so in three ways, and is not imported where no task needs it.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"MemoryError", "OutOfMemoryError"}) or "can't allocate memory" in str(error)
