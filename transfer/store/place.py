"""What the commit protocol needs of whatever keeps the files: a folder, or a bucket of S3."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


class Differs(Exception):
    """An object whose size or SHA-256 is not what was recorded; its text says how."""


@runtime_checkable
class Place(Protocol):
    """A file appears in it whole, once, and durably, or not at all. A key is a name of the layout (`keys.py`).

    What cannot be done raises EnvironmentProblem, what is not there FileNotFoundError.
    """

    is_immediate: bool  # what is not visible after an error never will be
    at_once: int  # files that are worth reading at a time

    @property
    def location(self) -> Path | str:
        """What opens it again: a folder's path, or s3://bucket/prefix."""

    def where(self, key: str) -> str:
        """A file's place in the words of a person."""

    def prepare(self, *, single_writer: bool = False) -> None:
        """Make what the layout lacks, and find out now whether the protocol's guarantees hold here."""

    def recognise(self) -> None:
        """Raise R074 where something else lies here, or nothing."""

    def is_new(self) -> bool:
        """Whether no study was ever kept here, and nothing of somebody else's either."""

    def create(self, key: str, data: bytes) -> bool:
        """Put `data` under `key` if nothing is there: True when this call did it, False when it was there.

        Either way what lies there is whole, and durable on return.
        """

    def publish(self, files: Mapping[str, bytes], key: str, data: bytes) -> bool:
        """Put `data` under `key` as `create` does, once `files` are durable under names that nobody else has."""

    def settle(self, key: str) -> None:
        """Make the names beside a file durable, whoever put them there."""

    def move(self, key: str, other: str) -> None:
        """Give a file another name, over whatever has that name; durable after `settle` of both."""

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""

    def has(self, key: str) -> bool: ...

    def read(self, key: str) -> bytes: ...

    def read_many(self, keys: Iterable[str]) -> Iterator[bytes | None]:
        """The bytes of many small files, in order; None for one that is not there."""

    def measure(self, key: str) -> tuple[int, str]:
        """The size and the SHA-256 of a file."""

    def fetch(self, key: str, sha256: str, size: int | None) -> Path:
        """A path on this machine, of bytes that have just been checked; raises Differs where they are others."""

    def check(self, key: str, sha256: str, size: int) -> None:
        """Raise Differs where a file is not what was recorded: by its bytes, or from far away by its size."""

    def names(self, area: str) -> list[str]:
        """What lies in one folder of the layout, in order."""

    def sizes(self, area: str) -> dict[str, int]:
        """The bytes of each file in one folder of the layout."""

    def ages(self, area: str) -> dict[str, float]:
        """The seconds since each file in one folder was written, by the storage's own clock."""

    def sweep(self, age: float) -> int:
        """Remove what writes that never ended have left, of at least this age in seconds; how many there were."""

    def hold(self, holder: dict[str, Any]) -> bool:
        """Be the only driver at work here until `release`; R076 names another one. False where none can be told."""

    def release(self) -> None: ...

    def pin(self) -> None:
        """What `fetch` hands out stays where it is until this process ends."""
