"""Where results are kept, as a person says it: the path of a folder, or s3://bucket/prefix."""

import re
from pathlib import Path

from transfer.errors import TransferError
from transfer.store.folder import Folder
from transfer.store.place import Place

_BUCKET = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/?(?P<prefix>.*)")


def place_at(location: Path | str) -> Place:
    """The folder or the bucket of a location; nothing is read or written yet."""
    text = str(location)
    if "://" not in text:
        return Folder(Path(location))
    scheme, _, rest = text.partition("://")
    if "@" in rest.partition("/")[0]:
        told = f"{scheme}://...@{rest.partition('@')[2]}"
        raise TransferError("S039", f"{told}: credentials in a URL are not allowed; use the AWS credential chain")
    found = _BUCKET.fullmatch(text)
    if not found:
        raise TransferError("R075", f"{text}: results are kept in a folder or in S3; give a path or s3://bucket/prefix")
    from transfer.store.bucket import Bucket
    from transfer.store.remote import client

    prefix = found["prefix"].strip("/")
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise TransferError("R075", f"{text}: no part of a prefix may be empty, '.' or '..'")
    return Bucket(found["bucket"], prefix, client())
