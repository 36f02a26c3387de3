"""Tasks that could begin at once, the most urgent first, and of equal urgency those of a worker's own group."""

import heapq

Rank = tuple[int, int, int]  # stage, minus size, order: the lowest goes first
Entry = tuple[Rank, str]


class Queue:
    """A heap of all tasks, and one for each group; what has been taken out of one is passed over in the other."""

    def __init__(self) -> None:
        self._heaps: dict[str, list[Entry]] = {"": []}
        self._entries: dict[str, Entry] = {}

    def put(self, task: str, rank: Rank, group: str) -> None:
        self._entries[task] = entry = (rank, task)
        for name in {"", group}:
            heapq.heappush(self._heaps.setdefault(name, []), entry)

    def first(self, group: str = "") -> str | None:
        """The most urgent task; of a group where that has one of the same stage."""
        best, own = self._top(""), self._top(group)
        if best and own and own[0][0] == best[0][0]:
            return own[1]
        return best[1] if best else None

    def remove(self, task: str) -> None:
        self._entries.pop(task, None)

    def _top(self, group: str) -> Entry | None:
        heap = self._heaps.get(group, [])
        while heap and self._entries.get(heap[0][1]) is not heap[0]:
            heapq.heappop(heap)
        if not heap and group:
            self._heaps.pop(group, None)
        return heap[0] if heap else None
