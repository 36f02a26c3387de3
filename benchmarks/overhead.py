"""What a study costs beyond its tasks: wall time against the tasks' own seconds, in one run through Ray."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from transfer.store import Store

WORKERS = 2
START = "from jobs.cluster import connect\nwith connect('local', 2, 100): pass"


def seconds_of(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    transfer = str(Path(sys.executable).with_name("transfer"))
    start = seconds_of(sys.executable, "-c", START)
    with tempfile.TemporaryDirectory() as folder:
        run = (transfer, "run", "quickstart", "--workers", str(WORKERS), "--results", folder)
        wall = seconds_of(*run)
        tasks = sum(record.seconds for record in Store.open(folder, writing=False).records())
        again = seconds_of(*run)
    share = tasks / WORKERS
    print(
        f"quickstart on {WORKERS} workers\n"
        f"  wall {wall:.1f} s   Ray's start and end {start:.1f} s   tasks' own seconds {tasks:.1f} s\n"
        f"  (wall - Ray) / (tasks / workers) = {(wall - start) / share:.2f} (wanted: at most 1.25)\n"
        f"  run again, all done: {again:.1f} s, matrix and heatmap included"
    )


if __name__ == "__main__":
    main()
