"""A study as it goes on, seen from its results alone: a line when something has changed."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

from jobs.standing import Standing, standing
from transfer.store import Store

EVERY = 5.0  # seconds between looks


def watch(store: Store, every: float = EVERY, rest: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Lines until nothing is left to do."""
    before = None
    while True:
        found = standing(store)
        now = told(found) if found else "no study yet"
        if now != before:
            yield f"{datetime.now():%H:%M:%S}  {now}"
            before = now
        if found and not any(count.left for count in found.counts):
            return
        rest(every)


def told(found: Standing) -> str:
    """`models 4/6, crafts 10/36 (1 failed), squares 3/216`."""
    parts = []
    for count in found.counts:
        failed = f" ({count.failed} failed)" if count.failed else ""
        parts.append(f"{count.what} {count.done}/{count.done + count.failed + count.left}{failed}")
    return ", ".join(parts)
