"""The commit protocol: any number of attempts of a task, on any number of machines, and one that counts.

An attempt writes its objects under names of its own and then creates the task's record. That is refused when
the record is there already, so exactly one attempt wins; nobody reads an object but through a record.
No lock, no clock, no coordinator.
"""

import hashlib
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from transfer.errors import EnvironmentProblem
from transfer.identity import digest
from transfer.store.damage import damaged_document, damaged_object, other_version
from transfer.store.faults import at
from transfer.store.keys import RECORD_NAME, STAGES, dropped_key, object_key, record_folder, record_key
from transfer.store.location import place_at
from transfer.store.notes import Notes
from transfer.store.place import Differs
from transfer.store.record import Kept, Object, OtherVersion, Record, record_of, sealed


class Dropped(Exception):
    """Pixels that were let go: whoever needs them makes them again."""


class Store(Notes):
    """The results of a study: records, the objects that they name, studies, failures and inputs."""

    @classmethod
    def open(cls, location: Path | str, *, writing: bool = True, single_writer: bool = False) -> "Store":
        """The store in a folder or at s3://bucket/prefix; for writing it is made and tried, else only looked at.

        `single_writer` is a person's word that nobody else will write there, where storage cannot make sure of it.
        """
        place = place_at(location)
        if writing:
            place.prepare(single_writer=single_writer)
        else:
            place.recognise()
        return cls(place)

    @classmethod
    def found(cls, location: Path | str) -> "Store | None":
        """The store of a location, only to be looked at; None where no study was ever kept."""
        place = place_at(location)
        if place.is_new():
            return None
        place.recognise()
        return cls(place)

    def record(self, stage: str, task_id: str) -> Record | None:
        """The record of a task, None before any attempt has committed; DamagedResults when it has changed."""
        try:
            return self._record_in(self.place.read(record_key(stage, task_id)), stage, task_id)
        except FileNotFoundError:
            return None

    def records(self, stage: str | None = None) -> list[Record]:
        """All records, or those of one stage, in the order of their ids; foreign files are passed over."""
        found = []
        for one in STAGES if stage is None else (stage,):
            names = map(RECORD_NAME.fullmatch, self.place.names(record_folder(one)))
            tasks = [match[1] for match in names if match]
            texts = self.place.read_many(record_key(one, task) for task in tasks)
            found += [self._record_in(text, one, task) for task, text in zip(tasks, texts, strict=True) if text]
        return found

    def _record_in(self, text: bytes, stage: str, task_id: str) -> Record:
        try:
            return record_of(text, stage, task_id)
        except OtherVersion as found:
            raise other_version(task_id, found) from None
        except ValueError as error:
            raise damaged_document(self.place.where(record_key(stage, task_id)), error) from error

    def squares(self) -> set[tuple[str, str]]:
        """The squares of the matrix, craft and target, that committed records cover."""
        return squares_of(self.records("evaluate"))

    def fetch(self, record: Record, role: str) -> Path:
        """The path of an object whose SHA-256 has just been checked; DamagedResults names the task.

        Dropped where it was let go on purpose.
        """
        kept = record.objects[role]
        with self._blamed(record, role):
            return self.place.fetch(kept["key"], kept["sha256"], kept["bytes"])

    def check(self, record: Record, role: str) -> None:
        """DamagedResults where an object is not what was recorded, as far as can be told without fetching it."""
        kept = record.objects[role]
        with suppress(Dropped), self._blamed(record, role):
            self.place.check(kept["key"], kept["sha256"], kept["bytes"])

    def is_dropped(self, record: Record, role: str) -> bool:
        """Whether an object is gone on purpose: a note says so, and nobody has made it again since."""
        key = record.objects[role]["key"]
        return role == "images" and not self.place.has(key) and self.place.has(dropped_key(record.task, record.attempt))

    @contextmanager
    def _blamed(self, record: Record, role: str) -> Iterator[None]:
        """What is wrong with an object is told with its task; nothing is wrong with one that was let go."""
        key = record.objects[role]["key"]
        try:
            yield
        except (FileNotFoundError, Differs) as problem:
            if self.is_dropped(record, role):
                raise Dropped(f"the {role} of task {record.task[:12]} were let go") from None
            told = str(problem) if isinstance(problem, Differs) else "is missing"
            raise damaged_object(self.place.where(key), record, told) from None

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
            self.place.settle(record_key(stage, task_id))
            return self._whole(earlier)
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
            is_ours = self.place.publish(files, record_key(record.stage, record.task), text)
        finally:
            # After an error the outcome is unknown, and only the store can tell: the objects of a record that
            # became visible must stay, or of one that may still. Where even this question fails, nothing is deleted.
            won = record if is_ours else self.record(record.stage, record.task)
            if won.attempt != record.attempt if won else self.place.is_immediate:
                for key in files:
                    self.place.delete(key)
        if won is None:
            raise EnvironmentProblem("R075", f"{self.location}: the record of {record.task} vanished when made")
        if won.attempt != record.attempt:
            return self._whole(won)
        self._complete(files)
        return won

    def _whole(self, record: Record) -> Record:
        """The record of another attempt, which is not reported done while its objects are missing."""
        for role, kept in record.objects.items():
            if not self.place.has(kept["key"]) and not self.is_dropped(record, role):
                raise damaged_object(self.place.where(kept["key"]), record, "is missing")
        return record

    def _complete(self, files: Mapping[str, bytes]) -> None:
        """Put back objects that were taken for garbage in a writer's long sleep, just before its record was made."""
        for key, data in files.items():
            if not self.place.has(key):
                self.place.create(key, data)


def squares_of(records: Iterable[Record]) -> set[tuple[str, str]]:
    specs = [record.spec for record in records if record.stage == "evaluate"]
    return {(craft, target) for spec in specs for craft in spec["crafts"] for target in spec["targets"]}


def _kept(task_id: str, attempt: str, made: Object) -> Kept:
    return Kept(
        key=object_key(task_id, attempt, made.suffix),
        sha256=hashlib.sha256(made.data).hexdigest(),
        bytes=len(made.data),
        rows=made.rows,
    )
