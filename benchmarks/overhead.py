"""What a study costs beyond its tasks: wall time against the tasks' own seconds, in one run through Ray."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from transfer.store import Store

WORKERS = 2
CONNECT = "from jobs.cluster import Place, connect\nwith connect(Place('local', 2), 100): pass"
COME_UP = """
import tempfile
from pathlib import Path
from jobs.cluster import Place, connect
from jobs.ray_executor import RayExecutor
from transfer.store import Store
with tempfile.TemporaryDirectory() as folder, connect(Place('local', 2), 100) as slots:
    Store.open(folder)
    executor = RayExecutor(Path(folder), slots)
    waiting = {executor.hire() for _ in range(2)}
    while waiting:
        waiting -= {event.worker for event in executor.wait(1.0)}
"""


def seconds_of(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    transfer = str(Path(sys.executable).with_name("transfer"))
    connect = seconds_of(sys.executable, "-c", CONNECT)
    come_up = seconds_of(sys.executable, "-c", COME_UP)
    with tempfile.TemporaryDirectory() as folder:
        run = (transfer, "run", "quickstart", "--workers", str(WORKERS), "--results", folder)
        wall = seconds_of(*run)
        tasks = sum(record.seconds for record in Store.open(folder, writing=False).records())
        again = seconds_of(*run)
    share = tasks / WORKERS
    print(
        f"quickstart on {WORKERS} workers\n"
        f"  wall {wall:.1f} s   tasks' own seconds {tasks:.1f} s   "
        f"Ray's start and end {connect:.1f} s, until both workers have loaded torch {come_up:.1f} s\n"
        f"  (wall - start) / (tasks / workers) = {(wall - come_up) / share:.2f}, "
        f"with torch's loading charged to the study {(wall - connect) / share:.2f} (wanted: at most 1.25)\n"
        f"  run again, all done: {again:.1f} s, matrix and heatmap included"
    )


if __name__ == "__main__":
    main()
