"""What is wrong with results, each in one line: what is damaged, of which task, and how it is made anew."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transfer.errors import DamagedResults, EnvironmentProblem
from transfer.store.keys import record_key
from transfer.store.record import Record

NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK}


def damaged_document(path: Path, problem: object) -> DamagedResults:
    """A record, a study or a failure that is not what was sealed."""
    return DamagedResults("R077", f"{path}: {problem}. Remove it and run again: it is made anew")


def damaged_object(root: Path, record: Record, key: str, problem: str) -> DamagedResults:
    remedy = f"Remove {root / record_key(record.stage, record.task)} and run again: only this task is redone"
    what = about(record.stage, record.spec)
    return DamagedResults("R078", f"task {record.task[:12]} ({what}): {root / key} {problem}. {remedy}")


def damaged_input(path: Path, problem: str) -> DamagedResults:
    return DamagedResults("R078", f"{path} {problem}. Remove it and run again: it is copied anew")


def link_refused(path: Path) -> DamagedResults:
    return DamagedResults("R081", f"{path}: symbolic links are not followed")


def unreadable(root: Path, error: OSError) -> EnvironmentProblem:
    return EnvironmentProblem("R075", f"cannot read in {root}: {error.strerror}")


def unwritable(root: Path, error: OSError) -> EnvironmentProblem:
    remedy = "What is committed stays; run again when this is solved"
    if error.errno in NO_LINKS:
        remedy = "Its file system must have hard links; give another folder"
    return EnvironmentProblem("R075", f"cannot write in {root}: {error.strerror}{_room(root)}. {remedy}")


def _room(root: Path) -> str:
    try:
        room = os.statvfs(root)
    except OSError:
        return ""
    # Not every file system counts its inodes; those that do can be full with bytes to spare.
    inodes = f" and {room.f_favail:,} inodes" if room.f_files else ""
    return f" ({room.f_bavail * room.f_frsize:,} bytes{inodes} free)"


def about(stage: str, spec: Mapping[str, Any]) -> str:
    """What a task was, in a few words: `craft pgd, epsilon 0.1, on 3f2a91bc`."""
    match stage, spec:
        case "train", {"architecture": {"name": name}, "seed": seed}:
            return f"train {name}, seed {seed}"
        case "craft", {"attack": {"name": name, "settings": {**settings}}, "surrogates": [*surrogates]}:
            budget = f", epsilon {settings['epsilon']}" if "epsilon" in settings else ""
            made_on = f", on {' and '.join(str(one)[:8] for one in surrogates)}" if surrogates else ""
            return f"craft {name}{budget}{made_on}"
        case "evaluate", {"crafts": [*crafts], "targets": [*targets]}:
            return f"evaluate {len(crafts)} crafts on {len(targets)} targets"
    return stage


def difference(found: tuple[int, str], sha256: str, size: int | None) -> str:
    """How the size and the SHA-256 that were found differ from what was recorded; empty when they do not."""
    if size is not None and found[0] != size:
        return f"is {found[0]:,} bytes, its record says {size:,}"
    if found[1] != sha256:
        return f"has the SHA-256 {found[1][:12]}, its record says {sha256[:12]}"
    return ""
