"""Where a study's results lie: a folder, the name of a study under ./results, or a place in S3."""

import os
import socket
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from transfer.errors import TransferError

HOME = Path("results")
Home = Path | str  # a folder, or s3://bucket/prefix


def find(text: str) -> Home:
    """The results that a person means; TransferError names the ones that are known."""
    if "://" in text:
        return text
    for folder in (Path(text), HOME / text):
        if _is_results(folder):
            return folder
    if Path(text).exists():
        raise TransferError("R074", f"{text} is not a results folder: it has no studies/ and records/")
    known = sorted(folder.name for folder in HOME.glob("*") if _is_results(folder))
    close = get_close_matches(text, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    there = f" Known in {HOME}/: {', '.join(known)}." if known else " Make some with `transfer run STUDY`."
    raise TransferError("R093", f"no results are called {text!r}.{hint}{there}")


def home(text: str) -> Home:
    """Where a person wants results, whether or not there are any."""
    return text if "://" in text else Path(text)


def shown(home: Home) -> Home:
    return home.absolute() if isinstance(home, Path) else home


def beside(home: Home, name: str) -> Path:
    """Where a picture of results goes when nobody says otherwise: to them, or from a bucket to the current folder."""
    return home / name if isinstance(home, Path) else Path(f"{home.rstrip('/').rpartition('/')[2]}-{name}")


def home_of(study: str) -> Path:
    """The folder that a study's results go to when nobody says otherwise."""
    return HOME / study


def holder() -> dict[str, Any]:
    """What another driver is told of this one."""
    since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


def _is_results(folder: Path) -> bool:
    return (folder / "studies").is_dir() and (folder / "records").is_dir()
