"""Results in S3: an object appears whole or not at all, and with `If-None-Match: *` only where there was none."""

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import sleep
from typing import Any
from uuid import uuid4

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from transfer.errors import EnvironmentProblem
from transfer.store.faults import at
from transfer.store.keys import SINGLE_WRITER
from transfer.store.lease import ObjectLease
from transfer.store.remote import AT_ONCE, Remote, age, status, told

LARGE = 256 << 20  # bytes from which an object is sent in parts; no reader sees it before a record names it
PART = 64 << 20
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # seconds before a write that met another one is tried again
IS_THERE, CONFLICT, UNKNOWN = 412, 409, (400, 501)


class Bucket(Remote):
    """The operations that the commit protocol needs (`place.py`), on the objects below a prefix of a bucket."""

    is_immediate = False  # a request that was given up may still be on its way
    at_once = AT_ONCE

    def __init__(self, bucket: str, prefix: str, client: Any) -> None:
        super().__init__(bucket, prefix, client)
        self._has_conditions = True
        self._lease = ObjectLease(self)

    # Once, when a store is opened

    def prepare(self, *, single_writer: bool = False) -> None:
        """Find out now whether objects can be made here, and whether the second to make one is told so."""
        self.recognise(may_be_new=True)
        self._has_conditions = self.has_conditions()
        if self._has_conditions:
            return
        if single_writer:
            self.put(SINGLE_WRITER, b"")
        elif not self.has(SINGLE_WRITER):
            text = f"{self.location} ignores If-None-Match; two runs could overwrite each other"
            raise EnvironmentProblem("R082", f"{text}. Use --single-writer if no other run ever writes there")

    def has_conditions(self) -> bool:
        """Whether of two equal conditional writes only the first succeeds."""
        probe = f"tmp/{uuid4().hex}"
        try:
            return self._put_if_absent(probe, b"") and not self._put_if_absent(probe, b"")
        except EnvironmentProblem as problem:
            if isinstance(problem.__cause__, ClientError) and status(problem.__cause__) in UNKNOWN:
                return False
            raise
        finally:
            self.delete(probe)

    def hold(self, holder: dict[str, Any]) -> bool:
        return self._lease.take(holder)

    def release(self) -> None:
        self._lease.release()

    # Writing

    def create(self, key: str, data: bytes) -> bool:
        area = key.partition("/")[0]
        at(f"{area} written")
        is_ours = self._create(key, data)
        for step in ("synced", "linked", "durable", "tidied"):
            at(f"{area} {step}")
        return is_ours

    def publish(self, files: Mapping[str, bytes], key: str, data: bytes) -> bool:
        try:
            with ThreadPoolExecutor(max(1, len(files))) as pool:
                list(pool.map(self.write, files.keys(), files.values()))
        except BaseException:
            for name in files:  # no record was offered that names them
                self.delete(name)
            raise
        at("objects durable")
        return self.create(key, data)

    def write(self, key: str, data: bytes) -> None:
        """Put `data` under a name that nobody else has, a large one in parts."""
        area = key.partition("/")[0]
        at(f"{area} written")
        if len(data) < LARGE:
            self.put(key, data)
        else:
            settings = TransferConfig(multipart_threshold=LARGE, multipart_chunksize=PART, use_threads=False)
            with told("write", self.where(key)):
                self.client.upload_fileobj(io.BytesIO(data), self.bucket, self._name(key), Config=settings)
        at(f"{area} synced")

    def settle(self, key: str) -> None:
        """What S3 has answered for is durable."""

    def move(self, key: str, other: str) -> None:
        source = {"Bucket": self.bucket, "Key": self._name(key)}
        with told("write", self.where(other)):
            self.client.copy_object(Bucket=self.bucket, Key=self._name(other), CopySource=source)
        self._delete(key)

    def delete(self, key: str) -> None:
        with suppress(EnvironmentProblem):  # whoever runs studies need not be allowed to remove anything
            self._delete(key)

    def sweep(self, least: float) -> int:
        old = [name for name, found in self.ages("tmp").items() if found >= least]
        for name in old:
            self._delete(f"tmp/{name}")
        return len(old) + self._abort_uploads(least)

    def put(self, key: str, data: bytes, **conditions: str) -> None:
        """Write an object, over the one that is there."""
        with told("write", self.where(key)):
            self.client.put_object(Bucket=self.bucket, Key=self._name(key), Body=data, **conditions)

    def _create(self, key: str, data: bytes) -> bool:
        if not self._has_conditions:
            if self.has(key):
                return False
            self.put(key, data)
            return True
        while not self._put_if_absent(key, data):
            with suppress(FileNotFoundError):  # removed meanwhile: then it can be made
                # A reply may have been lost and the request sent again: then what lies there is ours.
                return self.read(key) == data
        return True

    def _put_if_absent(self, key: str, data: bytes) -> bool:
        for pause in (*PAUSES, None):
            try:
                self.put(key, data, IfNoneMatch="*")
                return True
            except EnvironmentProblem as problem:
                answer = status(problem.__cause__) if isinstance(problem.__cause__, ClientError) else 0
                if answer == IS_THERE:
                    return False
                if answer != CONFLICT or pause is None:
                    raise
                sleep(pause)
        return False

    def _delete(self, key: str) -> None:
        with told("remove", self.where(key)):
            self.client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def _abort_uploads(self, least: float) -> int:
        """Parts of uploads that never ended are paid for, and no listing shows them."""
        count = 0
        with told("read", self.location):
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self._name("objects/")):
                for upload in page.get("Uploads", ()):
                    if age(page, upload["Initiated"]) >= least:
                        named = {"Key": upload["Key"], "UploadId": upload["UploadId"]}
                        self.client.abort_multipart_upload(Bucket=self.bucket, **named)
                        count += 1
        return count
