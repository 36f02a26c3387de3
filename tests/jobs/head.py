"""A cluster's head on this machine, with a token and a dashboard, as `ray start --head` of cluster.yaml starts it."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Head:
    """Where it answers, and what somebody who may use it has in the environment."""

    address: str
    dashboard: str
    token: str
    environment: dict[str, str]


@contextmanager
def head(folder: Path, mode: str = "token") -> Iterator[Head]:
    """Up while the block is entered; its processes end with it, and no others."""
    token_file = folder / "token"
    token_file.touch(mode=0o600)
    token_file.write_text(secrets.token_hex(32))
    ports = [_free_port() for _ in range(3)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment = {**kept, "RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN_PATH": str(token_file), "HOME": str(folder)}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # where a job finds `python`, as in an image
    started = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--num-cpus=2"),
            *(f"--port={ports[0]}", f"--dashboard-port={ports[1]}", f"--dashboard-agent-listen-port={ports[2]}"),
            *("--dashboard-host=127.0.0.1", "--node-ip-address=127.0.0.1", "--disable-usage-stats"),
            *("--object-store-memory=100000000", f"--temp-dir={folder}/r"),
        ],
        env={**environment, "PATH": path, "RAY_JOB_STOP_WAIT_TIME_S": "40"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _until_it_answers(f"http://127.0.0.1:{ports[1]}")
        given = {name: environment[name] for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN_PATH", "HOME")}
        yield Head(f"127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", token_file.read_text(), given)
    finally:
        started.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            started.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _until_it_answers(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}/api/version", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return  # it wants the token
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)
