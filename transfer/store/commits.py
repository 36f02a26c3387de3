"""The commit protocol: any number of attempts of a task, on any number of machines, and one that counts.

An attempt writes its objects under names of its own and then creates the task's record. That is refused when
the record is there already, so exactly one attempt wins; nobody reads an object but through a record.
No lock, no clock, no coordinator.
"""

import hashlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from transfer.errors import EnvironmentProblem, TransferError
from transfer.identity import canonical, digest
from transfer.store.damage import damaged_document, damaged_input, damaged_object, difference
from transfer.store.faults import at
from transfer.store.folder import Folder
from transfer.store.keys import (
    FAILURE_NAME,
    RECORD_NAME,
    STAGES,
    STUDY_NAME,
    failure_key,
    input_key,
    object_key,
    record_key,
    study_key,
)
from transfer.store.record import Kept, Object, Record, record_of, sealed, unsealed


class Store:
    """The results of a study: records, the objects that they name, studies, failures and inputs."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    @classmethod
    def open(cls, location: Path | str, *, writing: bool = True) -> Self:
        """The store in a folder; for writing, the folder is made and tried, else it is only looked at."""
        if "://" in str(location):
            raise TransferError("R075", f"{location}: results are kept in a folder; give its path")
        folder = Folder(Path(location))
        if writing:
            folder.prepare()
        else:
            folder.recognise()
        return cls(folder)

    @property
    def location(self) -> Path:
        return self.folder.root

    # Records and what they name

    def record(self, stage: str, task_id: str) -> Record | None:
        """The record of a task, None before any attempt has committed; DamagedResults when it has changed."""
        key = record_key(stage, task_id)
        try:
            return record_of(self.folder.read(key), stage, task_id)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise damaged_document(self.location / key, error) from error

    def records(self, stage: str | None = None) -> list[Record]:
        """All records, or those of one stage, in the order of their ids; foreign files are passed over."""
        stages = STAGES if stage is None else (stage,)
        names = [(one, RECORD_NAME.fullmatch(name)) for one in stages for name in self.folder.names(f"records/{one}")]
        found = [self.record(one, match[1]) for one, match in names if match]
        return [record for record in found if record]

    def squares(self) -> set[tuple[str, str]]:
        """The squares of the matrix, craft and target, that committed records cover."""
        specs = [record.spec for record in self.records("evaluate")]
        return {(craft, target) for spec in specs for craft in spec["crafts"] for target in spec["targets"]}

    def fetch(self, record: Record, role: str) -> Path:
        """The path of an object whose SHA-256 has just been checked; DamagedResults names the task."""
        kept = record.objects[role]
        if problem := self._problem(kept["key"], kept["sha256"], kept["bytes"]):
            raise damaged_object(self.location, record, kept["key"], problem)
        return self.location / kept["key"]

    def commit(
        self,
        task_id: str,
        stage: str,
        *,
        spec: Mapping[str, Any],
        inputs: Mapping[str, str],
        objects: Mapping[str, Object],
        provenance: Mapping[str, Any],
        seconds: float,
    ) -> Record:
        """Offer one attempt of a task; the record that counts from now on, ours or that of an earlier one."""
        if digest(spec) != task_id:
            raise ValueError(f"{task_id!r} is not the digest of the task's spec, {digest(spec)}")
        at("commit begun")
        if earlier := self.record(stage, task_id):
            return earlier
        attempt = uuid4().hex
        record = Record(
            task=task_id,
            stage=stage,
            spec=spec,
            inputs=inputs,
            objects={role: _kept(task_id, attempt, objects[role]) for role in sorted(objects)},
            provenance=provenance,
            seconds=seconds,
            host=socket.gethostname(),
            pid=os.getpid(),
            attempt=attempt,
        )
        won = self._publish(record, objects)
        at("commit done")
        return won

    def _publish(self, record: Record, objects: Mapping[str, Object]) -> Record:
        keys = {kept["key"]: objects[role].data for role, kept in record.objects.items()}
        if len(keys) < len(objects):
            raise ValueError(f"objects of one task need different suffixes, found {sorted(keys)}")
        text = sealed(record.document())
        try:
            for key, data in keys.items():
                self.folder.create(key, data)
            self.folder.create(record_key(record.stage, record.task), text)
        finally:
            # After an error the outcome is unknown, and only the store can tell: the objects of a record that
            # became visible must stay. Where even this question fails, nothing is deleted.
            won = self.record(record.stage, record.task)
            if won is None or won.attempt != record.attempt:
                for key in keys:
                    self.folder.delete(key)
        if won is None:
            raise EnvironmentProblem("R075", f"{self.location}: the record of {record.task} vanished when made")
        return won

    # Failures

    def fail(
        self,
        task_id: str,
        stage: str,
        *,
        spec: Mapping[str, Any],
        attempt: int | str,
        cause: str,
        message: str,
        traceback: str,
        seconds: float,
    ) -> None:
        """Note that an attempt failed: history for people, never a decision."""
        document = {
            "task": task_id,
            "stage": stage,
            "spec": spec,
            "attempt": attempt,
            "cause": _text(cause),
            "message": _text(message),
            "traceback": _text(traceback),
            "seconds": seconds,
            "host": socket.gethostname(),
            "pid": os.getpid(),
        }
        self.folder.create(failure_key(task_id, uuid4().hex), sealed(document))

    def failures(self) -> list[dict[str, Any]]:
        """Every attempt that failed, by task and attempt; its task may have been committed since."""
        names = [name for name in self.folder.names("failures") if FAILURE_NAME.fullmatch(name)]
        found = [self.document(f"failures/{name}") for name in names]
        return sorted(filter(None, found), key=lambda failure: (failure["task"], str(failure["attempt"])))

    # Studies

    def save_study(self, document: Mapping[str, Any]) -> int:
        """Make a resolved study the current one; its number. An unchanged study keeps the one it has."""
        number = max(self._numbers(), default=0)
        current = self.document(study_key(number))
        while current is None or canonical(current) != canonical(document):
            if current and current["study"] != document["study"]:
                names = f"study {current['study']!r}, this file is {document['study']!r}"
                raise TransferError("R073", f"{self.location} belongs to {names}. Give another folder")
            number += 1
            if self.folder.create(study_key(number), sealed(document)):
                break
            current = self.document(study_key(number))  # another driver took this number
        return number

    def study(self) -> dict[str, Any] | None:
        """The current study: the one with the highest number."""
        return self.document(study_key(max(self._numbers(), default=0)))

    def studies(self) -> list[dict[str, Any]]:
        """All studies that this folder has been used for, the current one last."""
        found = [self.document(study_key(number)) for number in sorted(self._numbers())]
        return [document for document in found if document]

    def _numbers(self) -> list[int]:
        matches = [STUDY_NAME.fullmatch(name) for name in self.folder.names("studies")]
        return [int(match[1]) for match in matches if match]

    def document(self, key: str) -> dict[str, Any] | None:
        """What a sealed file holds, None when there is none; DamagedResults when it has changed."""
        try:
            return unsealed(self.folder.read(key))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise damaged_document(self.location / key, error) from error

    # A person's own modules and weights

    def keep(self, path: Path) -> str:
        """Keep a copy of a file under the SHA-256 of its bytes; that SHA-256."""
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        self.folder.create(input_key(sha256, path.suffix), data)
        return sha256

    def kept(self, sha256: str, suffix: str) -> Path:
        """The path of a kept file whose SHA-256 has just been checked."""
        key = input_key(sha256, suffix)
        if problem := self._problem(key, sha256, None):
            raise damaged_input(self.location / key, problem)
        return self.location / key

    def _problem(self, key: str, sha256: str, size: int | None) -> str:
        try:
            return difference(self.folder.measure(key), sha256, size)
        except FileNotFoundError:
            return "is missing"


def _kept(task_id: str, attempt: str, made: Object) -> Kept:
    return Kept(
        key=object_key(task_id, attempt, made.suffix),
        sha256=hashlib.sha256(made.data).hexdigest(),
        bytes=len(made.data),
        rows=made.rows,
    )


def _text(text: str) -> str:
    # A message may quote bytes that are no text; a lone surrogate would make the note impossible to write.
    return text.encode("utf-8", "replace").decode()
