"""That a fault struck: what became of whoever was struck, and who has done its task."""

from tests.chaos import processes
from tests.chaos.processes import state, wait_for
from tests.chaos.runs import Scene, Struck, expect

SECONDS = 60.0  # at most, for a process to end once what it belongs to has


def is_gone(struck: Struck) -> None:
    is_so = wait_for(lambda: processes.is_gone(struck.pid), SECONDS)
    expect(is_so, f"pid {struck.pid} is in state {state(struck.pid)!r}")


def is_stopped(struck: Struck) -> None:
    is_so = wait_for(lambda: state(struck.pid) == "T", SECONDS)
    expect(is_so, f"pid {struck.pid} is in state {state(struck.pid)!r}")


def another(scene: Scene, struck: Struck) -> str:
    """Another process has done the task."""
    record = scene.record(struck)
    expect(record is not None and record.pid != struck.pid, "the one that was struck has done it")
    return f"done by pid {record.pid if record else 0}"


def nobody(scene: Scene, struck: Struck) -> str:
    """The task is not done, and that is held against nobody."""
    expect(scene.record(struck) is None, "the task was done")
    expect(not scene.causes(struck.task), f"noted: {scene.causes(struck.task)}")
    return "no record of the task"


def done_elsewhere(scene: Scene, code: int, cause: str, how: str) -> str:
    """Whoever was struck is gone, why is noted, and another process has done the task."""
    struck = scene.struck()
    expect(code == 0, f"exit code {code}\n{scene.drivers[-1].said()}")
    is_gone(struck)
    expect(scene.causes(struck.task) == [cause], f"noted: {scene.causes(struck.task)}\n{scene.drivers[-1].said()}")
    return f"{struck}: {how}, gone, noted: {cause}; {another(scene, struck)}"
