"""The record of one task: what was asked, what was read and written, and the checksum of all that."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from transfer.identity import DIGITS, canonical
from transfer.store.keys import OBJECT_NAME

VERSION = 1

_plain_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True)
class Object:
    """The bytes of one file that a task has made: a table, weights, images."""

    data: bytes
    suffix: str  # parquet or safetensors
    rows: int | None = None


class Kept(TypedDict):
    """Where an object lies, and what it must be when it is read."""

    key: str
    sha256: str
    bytes: int
    rows: int | None


@dataclass(frozen=True)
class Record:
    """The decision that one attempt of a task is the one that counts."""

    task: str
    stage: str
    spec: Mapping[str, Any]
    inputs: Mapping[str, str]  # task id: SHA-256 of its object that was read
    objects: Mapping[str, Kept]  # by role
    provenance: Mapping[str, Any]
    seconds: float
    host: str
    pid: int
    attempt: str

    def document(self) -> dict[str, Any]:
        """The record as JSON, as it lies in its file."""
        objects = [{"role": role, **self.objects[role]} for role in sorted(self.objects)]
        return {"version": VERSION, **vars(self), "objects": objects}


class OtherVersion(Exception):
    """A whole record, in a form that another version of this package writes."""


def record_of(data: bytes, stage: str, task: str) -> Record:
    """The record in a file that claims to be that of `task`; ValueError says what is wrong with it."""
    document = unsealed(data)
    if document.get("version") != VERSION:
        raise OtherVersion(document.get("version"))
    try:
        objects = {entry["role"]: _kept(entry, task) for entry in document["objects"]}
        record = Record(
            task=document["task"],
            stage=document["stage"],
            spec=document["spec"],
            inputs=document["inputs"],
            objects=objects,
            provenance=document["provenance"],
            seconds=float(document["seconds"]),
            host=document["host"],
            pid=document["pid"],
            attempt=document["attempt"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a whole record ({error})") from error
    if (record.task, record.stage) != (task, stage):
        raise ValueError(f"it is the record of {record.stage} {record.task}")
    if _digest_of_plain(record.spec) != task:
        raise ValueError("its task id is not the digest of its spec")
    return record


def _digest_of_plain(spec: Mapping[str, Any]) -> str:
    """`identity.digest` of what was read from canonical JSON: it need not be made plain a second time.

    Reading ten thousand records is three times faster for it.
    """
    return hashlib.sha256(_plain_text(spec).encode()).hexdigest()[:DIGITS]


def _kept(entry: Mapping[str, Any], task: str) -> Kept:
    # The checksum of a record proves no good will: a key must not lead out of the folder.
    folder, _, name = entry["key"].partition("/")
    if folder != "objects" or not OBJECT_NAME.fullmatch(name) or not name.startswith(task):
        raise ValueError(f"{entry['key']!r} is no object of this task")
    return Kept(key=entry["key"], sha256=entry["sha256"], bytes=entry["bytes"], rows=entry["rows"])


def sealed(document: Mapping[str, Any]) -> bytes:
    """One line of canonical JSON, and the SHA-256 of that line."""
    line = canonical(document).encode()
    return line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"


def unsealed(data: bytes) -> dict[str, Any]:
    """The document of a sealed file; ValueError when a single bit of it has changed."""
    line, _, seal = data.partition(b"\n")
    if seal != hashlib.sha256(line).hexdigest().encode() + b"\n":
        raise ValueError("checksum mismatch")
    document = json.loads(line.decode())
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document
