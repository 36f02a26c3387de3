"""What may happen to a worker, each at a point of its task."""

from tests.chaos.cluster import Nodes
from tests.chaos.proofs import done_elsewhere, is_gone, is_stopped
from tests.chaos.runs import Scene, expect

DEADLINE = 10  # seconds a task may take, where one never ends


def sigkill(scene: Scene, nodes: Nodes) -> str:
    """A worker is killed while it attacks."""
    return _lost(scene, nodes, "craft", "kill", "died")


def sigterm(scene: Scene, nodes: Nodes) -> str:
    """A worker is asked to end while it attacks, as when its node is shut down in order: not the task's own doing."""
    return _lost(scene, nodes, "craft", "terminate", "died")


def segfault(scene: Scene, nodes: Nodes) -> str:
    """A worker reads memory that is not there while it shows a network what was crafted."""
    return _lost(scene, nodes, "evaluate", "segfault", "died")


def os_exit(scene: Scene, nodes: Nodes) -> str:
    """A person's own code ends its process in the midst of a training."""
    return _lost(scene, nodes, "train", "exit", "died")


def exception(scene: Scene, nodes: Nodes) -> str:
    """A person's own code raises in an attack: the rest is done, and this when asked for again."""
    scene.plan("craft", "raise")
    code = scene.begin("--address", nodes.address).end()
    struck = scene.struck()
    expect(code == 3 and scene.record(struck) is None, f"exit code {code}\n{scene.drivers[-1].said()}")
    expect(scene.causes(struck.task) == ["exception"], f"noted: {scene.causes(struck.task)}")
    code = scene.begin("--address", nodes.address, "--retry-failed").end()
    return f"{struck}: RuntimeError, noted, exit code 3; asked for again, exit code {code}"


def hang(scene: Scene, nodes: Nodes) -> str:
    """An evaluation never ends, until its deadline."""
    return _lost(scene, nodes, "evaluate", "hang", "deadline", "--deadline", DEADLINE)


def sigstop(scene: Scene, nodes: Nodes) -> str:
    """A worker is stopped in the midst of a training and stays so, until its deadline."""
    scene.plan("train", "stop")
    driver = scene.begin("--address", nodes.address, "--deadline", DEADLINE)
    struck = scene.struck(driver)
    is_stopped(struck)
    return done_elsewhere(scene, driver.end(), "deadline", "found in state T")


def killed_before_its_record(scene: Scene, nodes: Nodes) -> str:
    """A worker is killed in a commit, when its objects are on the disk and no record names them."""
    return _lost(scene, nodes, "craft", "commit", "died", step="objects synced", error="kill")


def killed_after_its_record(scene: Scene, nodes: Nodes) -> str:
    """A worker is killed in a commit, when its record is there and nobody has been told."""
    scene.plan("evaluate", "commit", step="records linked", error="kill")
    code = scene.begin("--address", nodes.address).end()
    struck = scene.struck()
    expect(scene.has("fired"), "the commit was not struck")
    is_gone(struck)
    expect(code == 0 and scene.causes(struck.task) == [], f"exit code {code}, {scene.causes(struck.task)}")
    record = scene.record(struck)
    expect(record is not None and record.pid == struck.pid, "the work was done again")
    return f"{struck}: at 'records linked', gone; its record counts, nothing was done again"


def disk_error_after_its_record(scene: Scene, nodes: Nodes) -> str:
    """The disk reports an error in a commit, when the record is there: only the store can tell what holds."""
    scene.plan("train", "commit", step="records linked", error="EIO")
    code = scene.begin("--address", nodes.address).end()
    struck = scene.struck()
    expect(scene.has("fired"), "the commit met no error")
    record = scene.record(struck)
    expect(code == 0 and record is not None and record.pid == struck.pid, f"exit code {code}")
    return f"{struck}: EIO at 'records linked', exit code {code}; its record counts"


def _lost(scene: Scene, nodes: Nodes, stage: str, how: str, cause: str, *words: object, **more: str) -> str:
    scene.plan(stage, how, **more)
    code = scene.begin("--address", nodes.address, *words).end()
    expect(how != "commit" or scene.has("fired"), "the commit was not struck")
    return done_elsewhere(scene, code, cause, f"at {more['step']!r}" if more else how)
