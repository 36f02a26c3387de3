"""What may happen to a driver, while a worker of it is held in the midst of its task."""

import os
import signal

from tests.chaos.cluster import Nodes
from tests.chaos.processes import wait_for
from tests.chaos.proofs import SECONDS, another, is_gone, is_stopped, nobody
from tests.chaos.runs import Driver, Scene, Struck, expect


def driver_sigint(scene: Scene, nodes: Nodes) -> str:
    """Ctrl-C in a training: what is running may end."""
    driver, struck = _held(scene, nodes, "train")
    os.killpg(driver.pid, signal.SIGINT)
    return _ended_in_order(scene, driver, struck, 130)


def driver_sigint_twice(scene: Scene, nodes: Nodes) -> str:
    """Ctrl-C and once more: nothing is waited for."""
    driver, struck = _held(scene, nodes, "craft")
    os.killpg(driver.pid, signal.SIGINT)
    expect(wait_for(lambda: "stopping when" in driver.said(), SECONDS), driver.said())
    os.killpg(driver.pid, signal.SIGINT)
    code = driver.end()
    expect(code == 130, f"exit code {code}\n{driver.said()}")
    return _cut_off(scene, struck, f"driver {driver.pid} interrupted twice, exit code 130")


def driver_sigterm(scene: Scene, nodes: Nodes) -> str:
    """A driver is asked to end in an evaluation: what is running may end."""
    driver, struck = _held(scene, nodes, "evaluate")
    os.kill(driver.pid, signal.SIGTERM)
    return _ended_in_order(scene, driver, struck, 143)


def driver_sigkill(scene: Scene, nodes: Nodes) -> str:
    """A driver is killed while its workers attack: they go with it."""
    driver, struck = _held(scene, nodes, "craft")
    os.kill(driver.pid, signal.SIGKILL)
    code = driver.end()
    expect(code == -signal.SIGKILL, f"exit code {code}")
    return _cut_off(scene, struck, f"driver {driver.pid} killed by signal 9")


def two_drivers(scene: Scene, nodes: Nodes) -> str:
    """A second driver is refused; a third one, forced, does the task whose record the first was about to make."""
    scene.plan("train", "late")
    words = "--address", nodes.address, "--workers", 1
    first = scene.begin(*words)
    struck = scene.struck(first)
    is_stopped(struck)
    second = scene.begin(*words)
    code = second.end()
    expect(code == 4 and "R076" in second.said() and f"pid {first.pid}" in second.said(), second.said())
    third = scene.begin(*words, "--force")
    code = third.end()
    expect(code == 0, f"exit code {code}\n{third.said()}")
    done = another(scene, struck)
    os.kill(struck.pid, signal.SIGCONT)
    code = first.end()
    expect(code == 0 and scene.has("woken"), f"exit code {code}\n{first.said()}")
    how = f"stopped before its record; driver {second.pid} refused, {third.pid} forced"
    return f"{struck}: {how}; {done}, the late one lost"


def _held(scene: Scene, nodes: Nodes, stage: str) -> tuple[Driver, Struck]:
    scene.plan(stage, "wait")
    driver = scene.begin("--address", nodes.address)
    return driver, scene.struck(driver)


def _ended_in_order(scene: Scene, driver: Driver, struck: Struck, wanted: int) -> str:
    expect(wait_for(lambda: "stopping when" in driver.said(), SECONDS), driver.said())
    scene.release()
    code = driver.end()
    expect(code == wanted and "Go on with:" in driver.said(), f"exit code {code}\n{driver.said()}")
    record = scene.record(struck)
    expect(record is not None and record.pid == struck.pid, "what was running did not end")
    return f"{struck}: driver {driver.pid} ended with {code} when this had committed"


def _cut_off(scene: Scene, struck: Struck, how: str) -> str:
    is_gone(struck)
    return f"{struck}: {how}; the worker went with it, {nobody(scene, struck)}"
