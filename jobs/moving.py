"""Whichever is smaller moves: what a worker should keep in memory, and what is brought to it.

A tile shows crafts to targets. Where the images are more than the weights, a worker that has the images in memory
takes the other tiles of the same crafts, and networks pass by; else it keeps the networks, and images pass by.
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch

from transfer.tasks import Craft, Evaluate, Probe, Task


@singledispatch
def group(task: Task, held: Mapping[str, int]) -> str:
    """What tasks that share the most bytes have in common; `held` is the bytes of what each task has made."""
    return ""


@group.register
def _(task: Craft, held: Mapping[str, int]) -> str:
    return task.surrogates[0].id if task.surrogates else ""


@group.register
def _(task: Evaluate, held: Mapping[str, int]) -> str:
    return max(task.targets, task.crafts, key=lambda tasks: _bytes(tasks, held))[0].id


@group.register
def _(task: Probe, held: Mapping[str, int]) -> str:
    return task.model.id if task.model else ""


def _bytes(tasks: Sequence[Task], held: Mapping[str, int]) -> int:
    return sum(held.get(task.id, 0) for task in tasks)
