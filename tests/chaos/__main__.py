"""`python -m tests.chaos [--list] [--only NAME ...]`: real faults in real runs, each at a chosen point.

After each the study is finished, and the digest of every object is compared with that of a run that nothing disturbed.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from inspect import isfunction
from pathlib import Path

from tests.chaos import cluster
from tests.chaos.cluster import Nodes
from tests.chaos.faults import drivers, machine, nodes, workers
from tests.chaos.processes import carrying, kill
from tests.chaos.runs import STUDY, NotAsPlanned, Scene, differences, expect
from transfer.store import Store

LINES = 40  # of what a driver said that are shown when something went wrong
Fault = Callable[[Scene, Nodes], str]
FAULTS: dict[str, Fault] = {
    name: function
    for module in (workers, drivers, nodes, machine)
    for name, function in vars(module).items()
    if isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
}


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition(": ")[2])
    words.add_argument("--list", action="store_true", help="the faults, a line each")
    words.add_argument("--only", metavar="NAME", action="append", choices=FAULTS, help="this fault; may be repeated")
    asked = words.parse_args()
    if asked.list:
        print("\n".join(f"{name:28} {function.__doc__}" for name, function in FAULTS.items()))
        return 0
    chosen = asked.only or list(FAULTS)
    try:
        equal = _all(chosen)
    except NotAsPlanned as problem:
        print(f"the undisturbed run has failed: {problem}")
        return 1
    print(f"{len(chosen)} faults, {equal} runs equal")
    return 0 if equal == len(chosen) else 1


def _all(chosen: list[str]) -> int:
    """How many runs were equal after their fault. Whatever was started is ended."""
    home = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))  # short, as the paths of sockets must be
    cluster.settle(home)
    os.environ["CHAOS"] = str(home / "now")
    three = Nodes()
    try:
        undisturbed = _undisturbed(home)
        return sum(_is_equal(name, Scene(home, name), three, undisturbed) for name in chosen)
    finally:
        _end(three)
        shutil.rmtree(home, ignore_errors=True)


def _undisturbed(home: Path) -> Store:
    """The study beside its module, and the results of a serial run."""
    (home / "study").mkdir()
    (home / "study" / "chaos.yaml").write_text(STUDY)
    shutil.copy(Path(__file__).with_name("strike.py"), home / "study")
    began, scene = time.monotonic(), Scene(home, "undisturbed")
    code = scene.begin("--serial").end()
    expect(code == 0, scene.drivers[-1].said())
    records = len(scene.store().records())
    print(f"undisturbed, in one process: {records} records  ({time.monotonic() - began:.0f} s)", flush=True)
    return scene.store()


def _is_equal(name: str, scene: Scene, three: Nodes, undisturbed: Store) -> bool:
    began = time.monotonic()
    try:
        proof = FAULTS[name](scene, three)
        if scene.drivers[-1].end() != 0:
            code = scene.begin("--address", three.address).end()
            expect(code == 0, f"exit code {code} of the run that was to finish\n{scene.drivers[-1].said()}")
        told = differences(undisturbed, Store.open(scene.results))
        expect(not told, "\n".join(told))
    except NotAsPlanned as problem:
        first, *rest = str(problem).splitlines()
        told = "\n    ".join([first, *rest[-LINES:]])
        print(f"{name:28} FAILED ({time.monotonic() - began:.0f} s): {told}", flush=True)
        _end(three)  # the next fault finds nothing of this one
        return False
    records = len(scene.store().records())
    print(f"{name:28} {proof}; finished, {records} records equal  ({time.monotonic() - began:.0f} s)", flush=True)
    return True


def _end(three: Nodes) -> None:
    three.end()
    kill(carrying("CHAOS", os.environ["CHAOS"]))


if __name__ == "__main__":
    sys.exit(main())
