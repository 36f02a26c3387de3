"""Checkpoints of torch made safetensors: a pickle is opened only by a process that can do little else.

Before that process starts, the archive is looked at from outside: code and packed entries are refused unopened.
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from transfer.errors import EnvironmentProblem, TransferError

ZIP, TAR = b"PK\x03\x04", b"ustar"
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT")
SECONDS = 600  # until the process is ended, whatever it does


def convert(source: Path, target: Path, *, key: str = "", strip: str = "") -> dict[str, Any]:
    """Writes the tensors of a checkpoint as safetensors; what was found, for a person to read.

    `key` says under which key of the checkpoint they are, `strip` what is taken off the front of their names. Raises
    TransferError with the C codes where the file is not a checkpoint of weights.
    """
    check_archive(source)
    aside = target.with_name(f".{target.name}.{uuid4().hex}.part")
    command = [sys.executable, "-m", "transfer.limited", str(source.absolute()), str(aside.absolute()), key, strip]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env={**environment, "OMP_NUM_THREADS": "1"}
        )
        found = _told(ended, source)
        os.replace(aside, target)
    except subprocess.TimeoutExpired:
        raise TransferError("C064", f"{source.name}: not read after {SECONDS} s; refused") from None
    except OSError as problem:
        raise EnvironmentProblem("R075", f"cannot write {target}: {problem.strerror}") from None
    finally:
        aside.unlink(missing_ok=True)
    return found


def check_archive(source: Path) -> None:
    """Raises TransferError where a checkpoint is code (C063), packed (C064) or of a form that is no longer written."""
    try:
        with source.open("rb") as file:
            start = file.read(512)
    except OSError as problem:
        raise TransferError("S098", f"{source}: {problem.strerror}") from None
    if start[257:262] == TAR:
        raise TransferError("C061", f"{source.name} is a tar archive of an old torch; load and save it with a new one")
    if not start.startswith(ZIP):
        return  # a pickle without an archive, as torch wrote until 1.6: nothing in it is packed
    try:
        entries = zipfile.ZipFile(source).infolist()
    except zipfile.BadZipFile as problem:
        raise TransferError("C064", f"{source.name}: damaged archive ({problem})") from None
    names = [entry.filename for entry in entries]
    if any(name.endswith("constants.pkl") or "/code/" in name for name in names):
        raise TransferError("C063", f"{source.name}: TorchScript archives are code; not supported. Save its state_dict")
    if any(name.endswith(("archive_format", "serialized_exported_program.json")) for name in names):
        raise TransferError("C063", f"{source.name}: exported programs are code; not supported. Save their state_dict")
    packed = [one for one in entries if one.compress_type != zipfile.ZIP_STORED or one.file_size != one.compress_size]
    for worst in sorted(packed, key=lambda entry: entry.file_size)[-1:]:
        sizes = f"expands from {worst.compress_size:,} to {worst.file_size:,} bytes"
        raise TransferError("C064", f"{source.name}: entry {worst.filename} {sizes}; refused")
    if (total := sum(entry.file_size for entry in entries)) > source.stat().st_size:
        raise TransferError("C064", f"{source.name}: its entries overlap, {total:,} bytes in all; refused")


def _told(ended: subprocess.CompletedProcess[str], source: Path) -> dict[str, Any]:
    """The last line that the process wrote, or why there is none."""
    try:
        told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        how = f"signal {-ended.returncode}" if ended.returncode < 0 else f"exit code {ended.returncode}"
        last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
        raise TransferError("C064", f"{source.name}: reading it ended with {how} ({last[:200]}); refused") from None
    if "code" in told:
        raise TransferError(told["code"], told["text"])
    return told
