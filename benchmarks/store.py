"""How fast the store is: commits of one writer on this disk, and how long a run takes to see what is done."""

import functools
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transfer.identity import digest
from transfer.store import Object, Record, Store
from transfer.store.upkeep import verify

COMMITS, TASKS, ROUNDS = 300, 10_000, 5
ROWS = hashlib.shake_256(b"rows").digest(17_336)  # about what a tile of a small study is
SHA256 = hashlib.sha256(ROWS).hexdigest()
LARGE = 64 << 20


def spec(number: int) -> dict[str, Any]:
    networks = [hashlib.sha256(f"{number} {place}".encode()).hexdigest()[:32] for place in range(4)]
    return {"stage": "evaluate", "number": number, "crafts": networks[:1], "targets": networks[1:]}


@functools.cache
def name(number: int) -> str:
    return digest(spec(number))


def commit(store: Store, number: int) -> Record:
    """A tile as a study has it: its settings, the four tasks it has read, where it was made, and one table."""
    return store.commit(
        name(number),
        "evaluate",
        spec=spec(number),
        inputs={name(one): SHA256 for one in range(max(0, number - 4), number)},
        objects={"predictions": Object(ROWS, "parquet", rows=2_000)},
        provenance={"torch": "2.14.1", "python": "3.11.7", "processor": "x86-64-v3", "threads": 1, "device": "cpu"},
        seconds=1.5,
    )


def seconds_of(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    work()
    return clock() - began


def written(folder: Path) -> float:
    """Seconds of the same number of small files, written and synced, and nothing else: what the disk allows."""

    def write() -> None:
        for number in range(COMMITS):
            with (folder / str(number)).open("xb") as file:
                file.write(ROWS)
                file.flush()
                os.fsync(file.fileno())

    folder.mkdir()
    return seconds_of(write)


def resume(location: Path) -> int:
    """What a run does before it knows what is left: every record read, and its checksum and its name compared."""
    return len({record.task for record in Store.open(location).records()})


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("TRANSFER_BENCH")) as folder:
        root = Path(folder)
        store = Store.open(root / "commits")
        commit(store, 0)
        rates, bare = [], []
        for number in range(ROUNDS):
            first = 1 + number * COMMITS
            took = seconds_of(lambda first=first: [commit(store, first + one) for one in range(COMMITS)])
            rates.append(COMMITS / took)
            bare.append(COMMITS / written(root / f"bare {number}"))
        print(
            f"commits by one writer\n  {statistics.median(rates):,.0f} a second (from {min(rates):,.0f} to "
            f"{max(rates):,.0f}; wanted: at least 300); one synced file each: {statistics.median(bare):,.0f} a second"
        )
        full = Store.open(root / "resume")
        for number in range(TASKS):
            commit(full, number)
        looks = [seconds_of(lambda: resume(root / "resume")) for _ in range(ROUNDS)]
        used = seconds_of(lambda: resume(root / "resume"), time.process_time)
        print(
            f"what is left of {TASKS:,} tasks\n  {statistics.median(looks):.2f} s, of a processor {used:.2f} s "
            "(wanted: at most 1 s)"
        )
        shallow, deep = (seconds_of(lambda deep=deep: verify(full, deep=deep)) for deep in (False, True))
        print(f"verify of {TASKS:,} objects, {TASKS * len(ROWS) / 1e6:,.0f} MB\n  {shallow:.2f} s, --deep {deep:.2f} s")
        _hashing(store)


def _hashing(store: Store) -> None:
    """What it costs that every read is compared with its SHA-256."""
    data = os.urandom(LARGE)
    sha256 = hashlib.sha256(data).hexdigest()
    store.place.create("objects/large", data)
    sides = [
        min(seconds_of(work) for _ in range(ROUNDS))
        for work in (
            lambda: store.place.fetch("objects/large", sha256, LARGE),
            lambda: (Path(store.location) / "objects/large").read_bytes(),
        )
    ]
    print(f"an object of {LARGE >> 20} MiB handed out\n  {sides[0]:.3f} s with its SHA-256, {sides[1]:.3f} s only read")


if __name__ == "__main__":
    main()
