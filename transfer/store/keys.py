"""Where everything lies in a results folder. A name is made of digests alone, so that none can lead out of it."""

import re
from collections.abc import Iterable

STAGES = ("train", "craft", "evaluate", "probe")
FOLDERS = (
    "studies",
    "records",
    *(f"records/{stage}" for stage in STAGES),
    "objects",
    "failures",
    "inputs",
    "dropped",
    "tmp",
)

# Files beside those folders: who is at work here, and that a person has vouched for there being one writer only.
LOCK, SINGLE_WRITER = "lock", "single-writer"

RECORD_NAME = re.compile(r"([0-9a-f]{32})\.json")
FAILURE_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}\.json")
DROPPED_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}\.json")
STUDY_NAME = re.compile(r"([0-9]{4,9})\.json")
OBJECT_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}\.[A-Za-z0-9]{1,16}")
INPUT_NAME = re.compile(r"([0-9a-f]{64})(\.[A-Za-z0-9]{1,16})?")
ASIDE_NAME = re.compile(r"(.+)\.damaged-([0-9]{1,9})")  # what `repair` has taken out of sight

_TASK = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.?([A-Za-z0-9]{1,16})")


def is_layout(names: Iterable[str]) -> bool:
    """Whether nothing but what is ours has these names, at the top."""
    return set(names) <= {*FOLDERS, LOCK, SINGLE_WRITER}


def record_key(stage: str, task: str) -> str:
    return f"{record_folder(stage)}/{_checked(task)}.json"


def record_folder(stage: str) -> str:
    return f"records/{stage_of(stage)}"


def stage_of(name: str) -> str:
    if name not in STAGES:
        raise ValueError(f"no stage is called {name!r}. Known: {', '.join(STAGES)}.")
    return name


def object_key(task: str, attempt: str, suffix: str) -> str:
    return f"objects/{_checked(task)}-{_checked(attempt)}.{_bare(suffix)}"


def failure_key(task: str, attempt: str) -> str:
    return f"failures/{_checked(task)}-{_checked(attempt)}.json"


def dropped_key(task: str, attempt: str) -> str:
    return f"dropped/{_checked(task)}-{_checked(attempt)}.json"


def study_key(number: int) -> str:
    return f"studies/{number:04}.json"


def input_key(sha256: str, suffix: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256")
    return f"inputs/{sha256}.{_bare(suffix)}" if suffix else f"inputs/{sha256}"


def aside_key(key: str, number: int) -> str:
    return f"{key}.damaged-{number}"


def _checked(identity: str) -> str:
    if not _TASK.fullmatch(identity):
        raise ValueError(f"{identity!r} is not the id of a task or an attempt: 32 hexadecimal digits")
    return identity


def _bare(suffix: str) -> str:
    match = _SUFFIX.fullmatch(suffix)
    if not match:
        raise ValueError(f"{suffix!r} is not a suffix: letters and digits")
    return match[1]
