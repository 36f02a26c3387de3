"""A Ray of three nodes on one machine: a head without work, and two nodes with a place for one worker each."""

import os
import secrets
import signal
from pathlib import Path
from typing import Any

from tests.chaos.processes import is_gone, wait_for
from tests.chaos.runs import expect

OBJECT_STORE = 100_000_000  # bytes a node; nothing but tasks and receipts passes through Ray
SETTINGS = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "OMP_NUM_THREADS": "1",
    # A node that does not answer is given up after seconds and not after a minute; so is a head.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "3000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "5",
}


def settle(folder: Path) -> None:
    """The environment of everything that is started from here; before ray is imported. Its files go to a folder."""
    for name in [name for name in os.environ if name.startswith(("RAY_", "TRANSFER_"))]:
        del os.environ[name]
    os.environ.update(SETTINGS, RAY_AUTH_TOKEN=secrets.token_hex(32), RAY_TMPDIR=str(folder))


class Nodes:
    """The three nodes; whoever has lost one is given another."""

    def __init__(self) -> None:
        self._cluster: Any = None

    @property
    def address(self) -> str:
        """Where to connect; all three nodes are there."""
        from ray.cluster_utils import Cluster

        if self._cluster is None:
            head = {"num_cpus": 0, "object_store_memory": OBJECT_STORE, "include_dashboard": False}
            self._cluster = Cluster(initialize_head=True, head_node_args=head)
        while len(self._cluster.worker_nodes) < 2:
            self._cluster.add_node(num_cpus=1, object_store_memory=OBJECT_STORE, wait=False)
        self._cluster.wait_for_nodes()
        return self._cluster.address

    def lose(self, raylet: int) -> None:
        """The node of this raylet, with all that runs on it, is killed."""
        self._cluster.remove_node(self._node(raylet), allow_graceful=False)
        expect(is_gone(raylet), f"raylet {raylet} lives")

    def freeze(self, raylet: int) -> None:
        """A node answers no more, and nobody is told."""
        self._node(raylet)
        os.kill(raylet, signal.SIGSTOP)

    def lose_head(self) -> int:
        """The process that the nodes know each other by is killed; which it was."""
        head = self._cluster.head_node.all_processes["gcs_server"][0].process.pid
        os.kill(head, signal.SIGKILL)
        expect(wait_for(lambda: is_gone(head), 60), f"pid {head} lives")
        return head

    def end(self) -> None:
        if self._cluster is not None:
            cluster, self._cluster = self._cluster, None
            cluster.shutdown()

    def _node(self, raylet: int) -> Any:
        nodes = self._cluster.worker_nodes
        found = [one for one in nodes if one.all_processes["raylet"][0].process.pid == raylet]
        expect(len(found) == 1, f"pid {raylet} is no raylet of the nodes")
        return found[0]
