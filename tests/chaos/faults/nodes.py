"""What may happen to a node with all that runs on it."""

import os
import signal

from tests.chaos.cluster import Nodes
from tests.chaos.processes import carrying, named, state, wait_for
from tests.chaos.proofs import SECONDS, another, done_elsewhere, is_gone, is_stopped, nobody
from tests.chaos.runs import Scene, expect


def node_loss(scene: Scene, nodes: Nodes) -> str:
    """A node is taken away while a worker on it attacks."""
    scene.plan("craft", "wait")
    driver = scene.begin("--address", nodes.address)
    struck = scene.struck(driver)
    nodes.lose(struck.parent)
    return done_elsewhere(scene, driver.end(), "preempted", f"its node's raylet {struck.parent} killed")


def frozen_node(scene: Scene, nodes: Nodes) -> str:
    """A node freezes just before a record is made on it, and wakes when the task was done elsewhere."""
    scene.plan("craft", "late")
    driver = scene.begin("--address", nodes.address)
    struck = scene.struck(driver)
    is_stopped(struck)
    nodes.freeze(struck.parent)
    code = driver.end()
    os.kill(struck.pid, signal.SIGCONT)
    expect(wait_for(lambda: scene.has("woken"), SECONDS), f"pid {struck.pid} is in state {state(struck.pid)!r}")
    nodes.lose(struck.parent)
    return done_elsewhere(scene, code, "preempted", f"in state T with its raylet {struck.parent}, woken afterwards")


def head_loss(scene: Scene, nodes: Nodes) -> str:
    """The head of the cluster is lost during an evaluation; another cluster goes on."""
    scene.plan("evaluate", "wait")
    driver = scene.begin("--address", nodes.address)
    struck = scene.struck(driver)
    head = nodes.lose_head()
    code = driver.end()
    expect(code != 0, "the driver ended well without its head")
    nodes.end()
    is_gone(struck)
    return f"{struck}: gcs_server {head} killed, the driver ended with {code}, {nobody(scene, struck)}"


def head_loss_supervised(scene: Scene, nodes: Nodes) -> str:
    """The head is lost during a training, of a run under supervision: it begins again by itself."""
    others = _heads()
    scene.plan("train", "wait")
    driver = scene.begin("--address", "local", "--supervise")
    struck = scene.struck(driver)
    (head,) = set(_heads()) - set(others)
    os.kill(head, signal.SIGKILL)
    code = driver.end()
    expect(code == 0 and "the run has died" in driver.said(), f"exit code {code}\n{driver.said()}")
    is_gone(struck)
    return f"{struck}: gcs_server {head} killed, the run died and began again; {another(scene, struck)}"


def _heads() -> list[int]:
    """The processes that keep together what we began."""
    return named(carrying("CHAOS", os.environ["CHAOS"]), "gcs_server")
