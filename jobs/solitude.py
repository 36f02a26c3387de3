"""Tasks that ran out of memory: each is tried once more with a node to itself, so that it was not the company."""

from collections import deque
from collections.abc import Iterator, Mapping

from transfer.tasks import Task


class Solitude:
    """Which nodes are kept free, or are at work, for one task alone."""

    def __init__(self) -> None:
        self._waiting: deque[Task] = deque()
        self._nodes: dict[str, Task] = {}

    def add(self, task: Task) -> None:
        """Keep a node free for a task, as soon as there is one."""
        self._waiting.append(task)

    def is_kept(self, node: str) -> bool:
        return node in self._nodes

    def due(self, busy: Mapping[str, int]) -> Iterator[tuple[str, Task]]:
        """Tasks that can begin now, each with its node; `busy` is the number of tasks on every node that is there."""
        for node in [node for node in self._nodes if node not in busy]:
            self.add(self._nodes.pop(node))  # it went away before the task began there
        for node in sorted(busy, key=lambda node: busy[node]):
            if self._waiting and node not in self._nodes:
                self._nodes[node] = self._waiting.popleft()
        yield from [(node, task) for node, task in self._nodes.items() if not busy[node]]

    def over(self, task: Task) -> None:
        """A task has ended, one way or the other: its node is open to all again."""
        self._nodes = {node: held for node, held in self._nodes.items() if held != task}
