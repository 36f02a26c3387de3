"""What is wrong with results, each in one line: what is damaged, of which task, and how it is made anew."""

import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from transfer.errors import DamagedResults, EnvironmentProblem, TransferError
from transfer.store.record import VERSION, Record

NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK}
AGAIN = "`transfer repair` sets it aside, and the next run makes it anew"


def damaged_document(where: str, problem: object) -> DamagedResults:
    """A record, a study or a failure that is not what was sealed."""
    return DamagedResults("R077", f"{where}: {problem}. {AGAIN}")


def damaged_object(where: str, record: Record, problem: str) -> DamagedResults:
    remedy = "`transfer repair` sets its record aside, and the next run does this task again"
    what = about(record.stage, record.spec)
    return DamagedResults("R078", f"task {record.task[:12]} ({what}): {where} {problem}. {remedy}")


def damaged_input(where: str, problem: str) -> DamagedResults:
    return DamagedResults("R078", f"{where} {problem}. {AGAIN}")


def link_refused(where: str) -> DamagedResults:
    return DamagedResults("R081", f"{where}: symbolic links are not followed")


def other_version(task: str, version: object) -> TransferError:
    text = f"task {task[:12]} was recorded in form {version}; this version of transfer reads {VERSION}"
    return TransferError("R080", f"{text}. Read these results with the version of transfer that wrote them")


def no_results(where: str, may_be_new: bool) -> TransferError:
    what = "is not empty and not" if may_be_new else "is not"
    return TransferError("R074", f"{where} {what} a results folder. Give another one")


def unreadable(where: str, error: OSError) -> EnvironmentProblem:
    return EnvironmentProblem("R075", f"cannot read {where}: {error.strerror}")


def unwritable(root: Path, error: OSError, needed: int | None = None) -> EnvironmentProblem:
    remedy = "What is committed stays; run again when this is solved"
    if error.errno in NO_LINKS:
        remedy = "Its file system must have hard links; give another folder"
    return EnvironmentProblem("R075", f"cannot write in {root}: {error.strerror}{_room(root, needed)}. {remedy}")


def _room(root: Path, needed: int | None) -> str:
    try:
        room = os.statvfs(root)
    except OSError:
        return ""
    # Not every file system counts its inodes; those that do can be full with bytes to spare.
    inodes = f" and {room.f_favail:,} inodes" if room.f_files else ""
    wanted = f", {needed:,} bytes needed for what is to be kept next" if needed else ""
    return f" ({room.f_bavail * room.f_frsize:,} bytes{inodes} free{wanted})"


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


def measured(chunks: Iterable[bytes]) -> tuple[int, str]:
    """The size and the SHA-256 of bytes that come in parts."""
    size, sha256 = 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        sha256.update(chunk)
    return size, sha256.hexdigest()


def difference(found: tuple[int, str], sha256: str, size: int | None) -> str:
    """How the size and the SHA-256 that were found differ from what was recorded; empty when they do not."""
    if size is not None and found[0] != size:
        return f"is {found[0]:,} bytes, its record says {size:,}"
    if found[1] != sha256:
        return f"has the SHA-256 {found[1][:12]}, its record says {sha256[:12]}"
    return ""
