"""What may happen to the memory of a machine, and to the disk under the results."""

import os
from pathlib import Path

from tests.chaos.cluster import Nodes
from tests.chaos.proofs import done_elsewhere
from tests.chaos.runs import COMMAND, Scene, expect

ROOM = 3_000_000_000  # bytes that may be taken of the machine until Ray's monitor ends a worker
# A disk of its own, in a namespace of its own; at the end the results are brought out of it.
SCRIPT = """
set -e
home=$(dirname "$RESULTS")
mount -t tmpfs -o size=64m tmpfs "$home"
set +e
"$@"
echo "first: exit code $?" >&2
rm "$home/filler"
"$@"
code=$?
cp -a "$RESULTS" "$OUTSIDE"
exit $code
"""


def out_of_memory(scene: Scene, nodes: Nodes) -> str:
    """A worker takes more and more memory until Ray ends it."""
    nodes.end()  # which would take memory, and look at it
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    available = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "Avail" in line)
    threshold = 1 - (available * 1024 - ROOM) / (pages * size)
    expect(threshold < 0.95, f"{ROOM:,} bytes of memory are needed, {available * 1024:,} are available")
    scene.plan("craft", "memory")
    settings = {"RAY_memory_usage_threshold": f"{threshold:.3f}", "RAY_memory_monitor_refresh_ms": "100"}
    driver = scene.begin("--address", "local", "--workers", 1, environment=settings)
    return done_elsewhere(scene, driver.end(), "memory", f"ended by Ray at {threshold:.0%} of the machine")


def full_disk(scene: Scene, nodes: Nodes) -> str:
    """The disk is full in the midst of an attack; then there is room again."""
    nodes.end()
    home = scene.results.parent
    disk = home / "disk"
    disk.mkdir(parents=True)
    scene.plan("craft", "fill", at=disk / "results")
    command = ["unshare", "-rm", "sh", "-c", SCRIPT, "sh", *COMMAND]
    environment = {"RESULTS": str(disk / "results"), "OUTSIDE": str(home)}
    driver = scene.begin("--address", "local", command=command, environment=environment, results=disk / "results")
    code = driver.end()
    struck = scene.struck()
    said = driver.said()
    expect("first: exit code 4" in said and "error[R075]" in said and "bytes needed" in said, said)
    expect(code == 0, f"exit code {code}\n{said}")
    line = next(line for line in said.splitlines() if line.startswith("error[R075]"))
    return f"{struck}: {line.partition(': ')[2].partition('. What')[0]}, exit code 4, went on with room"
