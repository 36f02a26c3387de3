"""What a results folder keeps beside its records: studies, failed attempts, and a person's own files."""

import hashlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from transfer.errors import TransferError
from transfer.identity import canonical
from transfer.store.damage import damaged_document, damaged_input
from transfer.store.keys import FAILURE_NAME, STUDY_NAME, failure_key, input_key, stage_of, study_key
from transfer.store.place import Differs, Place
from transfer.store.record import sealed, unsealed


class Notes:
    """Studies, failures and inputs: documents with a checksum, and files named by theirs."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @property
    def location(self) -> Path | str:
        """What opens this store again: the path of a folder, or the text s3://bucket/prefix."""
        return self.place.location

    def document(self, key: str) -> dict[str, Any] | None:
        """What a sealed file holds, None when there is none; DamagedResults when it has changed."""
        try:
            return unsealed(self.place.read(key))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise damaged_document(self.place.where(key), error) from error

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
            "stage": stage_of(stage),
            "spec": spec,
            "attempt": attempt,
            "cause": _text(cause),
            "message": _text(message),
            "traceback": _text(traceback),
            "seconds": seconds,
            "host": socket.gethostname(),
            "pid": os.getpid(),
        }
        self.place.create(failure_key(task_id, uuid4().hex), sealed(document))

    def failures(self) -> list[dict[str, Any]]:
        """Every attempt that failed, by task and attempt; its task may have been committed since."""
        names = [name for name in self.place.names("failures") if FAILURE_NAME.fullmatch(name)]
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
            if self.place.create(study_key(number), sealed(document)):
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
        matches = [STUDY_NAME.fullmatch(name) for name in self.place.names("studies")]
        return [int(match[1]) for match in matches if match]

    # A person's own modules and weights

    def keep(self, path: Path) -> str:
        """Keep a copy of a file under the SHA-256 of its bytes; that SHA-256."""
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        key = input_key(sha256, path.suffix)
        if self.place.has(key):
            self.place.settle(key)
        else:
            self.place.create(key, data)
        return sha256

    def kept(self, sha256: str, suffix: str) -> Path:
        """The path of a kept file whose SHA-256 has just been checked."""
        key = input_key(sha256, suffix)
        try:
            return self.place.fetch(key, sha256, None)
        except FileNotFoundError:
            raise damaged_input(self.place.where(key), "is missing") from None
        except Differs as problem:
            raise damaged_input(self.place.where(key), str(problem)) from None


def _text(text: str) -> str:
    # A message may quote bytes that are no text; a lone surrogate would make the note impossible to write.
    return text.encode("utf-8", "replace").decode()
