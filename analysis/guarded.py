"""A person's SQL, asked in a process of its own that can be ended: it reads a copy and can write nothing.

DuckDB takes SQL for code. What is relied on is the process: no access to files, a locked configuration, limits on
time and memory, and a copy that is thrown away. The look at the plan that comes before gives better messages.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from transfer.errors import DamagedResults, EnvironmentProblem, TransferError

READY = b"ready\n"
KINDS = {kind.__name__: kind for kind in (TransferError, DamagedResults, EnvironmentProblem)}
OUT_OF_MEMORY = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGKILL, -signal.SIGBUS}


@dataclass(frozen=True)
class Limits:
    """What one question may take."""

    seconds: float = 30
    gigabytes: float = 2
    rows: int = 10_000


def ask(results: Path | str, query: str, form: str = "table", limits: Limits = Limits()) -> tuple[str, str]:
    """The answer to one SELECT as text, and a remark on it (or nothing); TransferError says why there is none."""
    with TemporaryDirectory(prefix="transfer-sql-", ignore_cleanup_errors=True) as scratch:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "analysis.guarded_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=_environment(),
        )
        try:
            place = str(results.absolute() if isinstance(results, Path) else results)
            asked = {"results": place, "query": query, "form": form, "scratch": scratch}
            return _answer(child, json.dumps({**asked, **asdict(limits)}).encode(), limits)
        finally:
            child.kill()
            child.communicate()


def _answer(child: subprocess.Popen[bytes], asked: bytes, limits: Limits) -> tuple[str, str]:
    stdin, stdout = _piped(child.stdin), _piped(child.stdout)
    with suppress(BrokenPipeError):
        stdin.write(asked)
        stdin.close()
    child.stdin = None
    # Copying a large study may take longer than a question may: the clock starts when that is done.
    head = stdout.read(len(READY))
    try:
        rest, said = child.communicate(timeout=limits.seconds if head == READY else None)
    except subprocess.TimeoutExpired:
        raise TransferError("Q086", f"stopped after {limits.seconds:g} s (--timeout)") from None
    if child.returncode in OUT_OF_MEMORY:
        raise TransferError("Q087", f"needs more than {limits.gigabytes:g} GB (--memory)")
    line, _, answer = (rest if head == READY else head + rest).partition(b"\n")
    if not line.startswith(b"{"):
        raise RuntimeError(said.decode(errors="replace").strip() or f"the query ended with {child.returncode}")
    verdict = json.loads(line)
    if "code" in verdict:
        raise KINDS[verdict["kind"]](verdict["code"], verdict["text"])
    return answer.decode(), verdict["remark"]


def _piped(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the process was started without pipes")
    return stream


def _environment() -> dict[str, str]:
    # With -P nothing is imported from the folder that somebody happens to be in.
    home = str(Path(__file__).parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH", "")]))}
