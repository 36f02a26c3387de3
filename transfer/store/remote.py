"""What is looked up and read in a bucket of S3, or of whatever speaks its language."""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any

from transfer.errors import EnvironmentProblem, TransferError
from transfer.store import cache
from transfer.store.damage import difference, measured, no_results
from transfer.store.keys import is_layout
from transfer.store.place import Differs

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
except ImportError:
    NEEDED = "results in S3 need boto3. Install it on every machine: pip install 'transfer-study[s3]'"
    raise EnvironmentProblem("R075", NEEDED) from None

CHUNK = 1 << 20
AT_ONCE = 32  # small requests in flight: it is a round trip that is waited for, not a processor
TRIES = 4  # for a body that breaks off; requests are repeated by botocore
STARTED = {"studies", "records"}
MISSING = {"NoSuchKey", "404", "NotFound"}


def client() -> Any:
    """A client with the credentials, region and endpoint that AWS's own variables and files name."""
    # Stores other than Amazon's rarely have a host name for each bucket.
    is_own = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    settings = Config(
        retries={"mode": "standard", "max_attempts": 5},
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=AT_ONCE,
        s3={"addressing_style": "path"} if is_own else {},
    )
    with told("reach", "S3"):
        return boto3.session.Session().client("s3", config=settings)


class Remote:
    """The half of a bucket's operations that needs no leave to write."""

    def __init__(self, bucket: str, prefix: str, client: Any) -> None:
        self.bucket, self.prefix, self.client = bucket, prefix, client
        self.location = f"s3://{bucket}/{prefix}".rstrip("/")
        self.cache = cache.of_this_machine()

    def where(self, key: str) -> str:
        return f"{self.location}/{key}"

    def recognise(self, *, may_be_new: bool = False) -> None:
        """Raise R074 where something else lies below the prefix, or nothing that could be read."""
        names = self._top()
        if names & STARTED or (may_be_new and is_layout(names)):
            return
        if not names:
            raise TransferError("R074", f"{self.location}: no such results")
        raise no_results(self.location, may_be_new)

    def is_new(self) -> bool:
        names = self._top()
        return is_layout(names) and not names & STARTED

    def _top(self) -> set[str]:
        return {name for name in self.names("") if not name.startswith(".")}

    def pin(self) -> None:
        self.cache.pin()

    def read(self, key: str) -> bytes:
        return b"".join(self._chunks(key))

    def read_many(self, keys: Iterable[str]) -> Iterator[bytes | None]:
        def read(key: str) -> bytes | None:
            try:
                return self.read(key)
            except FileNotFoundError:
                return None

        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from pool.map(read, keys)

    def measure(self, key: str) -> tuple[int, str]:
        return measured(self._chunks(key))

    def fetch(self, key: str, sha256: str, size: int | None) -> Path:
        return self.cache.fetch(sha256, size, PurePosixPath(key).suffix, self._found(key))

    def _found(self, key: str) -> Iterator[bytes]:
        try:
            yield from self._chunks(key)
        except FileNotFoundError:  # of the object, where the cache knows of files only
            raise Differs("is missing") from None

    def check(self, key: str, sha256: str, size: int) -> None:
        if problem := difference((self._size(key), sha256), sha256, size):
            raise Differs(problem)

    def has(self, key: str) -> bool:
        try:
            self._size(key)
        except FileNotFoundError:
            return False
        return True

    def _size(self, key: str) -> int:
        with told("read", self.where(key)):
            return int(self.client.head_object(Bucket=self.bucket, Key=self._name(key))["ContentLength"])

    def names(self, area: str) -> list[str]:
        found = [name for page in self._pages(area) for name in (*_entries(page), *_folders(page))]
        return sorted(name.rstrip("/").rpartition("/")[2] for name in found)

    def sizes(self, area: str) -> dict[str, int]:
        entries = {name: entry for page in self._pages(area) for name, entry in _entries(page).items()}
        return {name.rpartition("/")[2]: entry["Size"] for name, entry in entries.items()}

    def ages(self, area: str) -> dict[str, float]:
        """The seconds since each object was written; the time is that of the server's answer."""
        found = {}
        for page in self._pages(area):
            for name, entry in _entries(page).items():
                found[name.rpartition("/")[2]] = age(page, entry["LastModified"])
        return found

    def _name(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _pages(self, area: str) -> Iterator[Mapping[str, Any]]:
        front = self._name(f"{area}/" if area else "")
        asked = {"Bucket": self.bucket, "Prefix": front, "Delimiter": "/"}
        with told("list", self.where(area)):
            yield from self.client.get_paginator("list_objects_v2").paginate(**asked)

    def _chunks(self, key: str) -> Iterator[bytes]:
        """The bytes of an object; a body that breaks off is asked for again from there."""
        place, failed = 0, 0
        while True:
            part = {"Range": f"bytes={place}-"} if place else {}
            with told("read", self.where(key)):
                try:
                    answer = self.client.get_object(Bucket=self.bucket, Key=self._name(key), **part)
                    for piece in answer["Body"].iter_chunks(CHUNK):
                        place += len(piece)
                        yield piece
                    return
                except (HTTPClientError, IncompleteReadError):
                    failed += 1
                    if failed == TRIES:
                        raise


def age(page: Mapping[str, Any], since: Any) -> float:
    """The seconds from a time to that of the answer which tells it, both by the server's clock."""
    now = parsedate_to_datetime(page["ResponseMetadata"]["HTTPHeaders"]["date"])
    return max(0.0, float((now - since).total_seconds()))


def status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextmanager
def told(doing: str, where: str) -> Iterator[None]:
    """What botocore raises, as what a person is told; FileNotFoundError for an object that is not there."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in MISSING:
            raise FileNotFoundError(errno.ENOENT, "no such object", where) from error
        message = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".")
        text = f"cannot {doing} {where}: {': '.join(filter(None, (code, message)))}"
        raise EnvironmentProblem("R075", f"{text}. What is committed stays; run again when this is solved") from error
    except BotoCoreError as error:
        text = f"cannot {doing} {where}: {str(error).rstrip('.')}"
        remedy = "Credentials, region and AWS_ENDPOINT_URL come from AWS's own variables and files"
        raise EnvironmentProblem("R075", f"{text}. {remedy}") from error


def _entries(page: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    # What some tools make in place of a folder is an object whose name ends in a slash.
    return {entry["Key"]: entry for entry in page.get("Contents", ()) if not entry["Key"].endswith("/")}


def _folders(page: Mapping[str, Any]) -> list[str]:
    return [entry["Prefix"] for entry in page.get("CommonPrefixes", ())]
