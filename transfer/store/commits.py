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
from typing import Any
from uuid import uuid4

from transfer.errors import EnvironmentProblem, TransferError
from transfer.identity import digest
from transfer.store.damage import damaged_document, damaged_object
from transfer.store.faults import at
from transfer.store.folder import Folder
from transfer.store.keys import RECORD_NAME, STAGES, object_key, record_folder, record_key
from transfer.store.notes import Notes
from transfer.store.record import Kept, Object, Record, record_of, sealed


class Store(Notes):
    """The results of a study: records, the objects that they name, studies, failures and inputs."""

    @classmethod
    def open(cls, location: Path | str, *, writing: bool = True) -> "Store":
        """The store in a folder; for writing, the folder is made and tried, else it is only looked at."""
        if "://" in str(location):
            raise TransferError("R075", f"{location}: results are kept in a folder; give its path")
        folder = Folder(Path(location))
        if writing:
            folder.prepare()
        else:
            folder.recognise()
        return cls(folder)

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
        found = []
        for one in STAGES if stage is None else (stage,):
            for name in self.folder.names(record_folder(one)):
                if (match := RECORD_NAME.fullmatch(name)) and (record := self.record(one, match[1])):
                    found.append(record)
        return found

    def squares(self) -> set[tuple[str, str]]:
        """The squares of the matrix, craft and target, that committed records cover."""
        specs = [record.spec for record in self.records("evaluate")]
        return {(craft, target) for spec in specs for craft in spec["crafts"] for target in spec["targets"]}

    def fetch(self, record: Record, role: str) -> Path:
        """The path of an object whose SHA-256 has just been checked; DamagedResults names the task."""
        kept = record.objects[role]
        if problem := self.problem(kept["key"], kept["sha256"], kept["bytes"]):
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
            self.folder.settle(record_key(stage, task_id))
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
        files = {kept["key"]: objects[role].data for role, kept in record.objects.items()}
        if len(files) < len(objects):
            raise ValueError(f"objects of one task need different suffixes, found {sorted(files)}")
        text = sealed(record.document())
        record = record_of(text, record.stage, record.task)
        is_ours = False
        try:
            for key, data in files.items():
                self.folder.create(key, data)
            is_ours = self.folder.create(record_key(record.stage, record.task), text)
        finally:
            # After an error the outcome is unknown, and only the store can tell: the objects of a record that
            # became visible must stay. Where even this question fails, nothing is deleted.
            won = record if is_ours else self.record(record.stage, record.task)
            if won is None or won.attempt != record.attempt:
                for key in files:
                    self.folder.delete(key)
        if won is None:
            raise EnvironmentProblem("R075", f"{self.location}: the record of {record.task} vanished when made")
        return won


def _kept(task_id: str, attempt: str, made: Object) -> Kept:
    return Kept(
        key=object_key(task_id, attempt, made.suffix),
        sha256=hashlib.sha256(made.data).hexdigest(),
        bytes=len(made.data),
        rows=made.rows,
    )
