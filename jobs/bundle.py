"""A study that travels: its file, and what it names of a person's own, lie by digest beside the results.

`kept:SHA256` names it: a JSON file that says under which names they lay beside each other.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transfer.errors import TransferError
from transfer.store import Store
from transfer.study import Study

KEPT = "kept:"


def pack(path: Path, study: Study, store: Store) -> str:
    """Keep a study's files with its results; the words by which the cluster finds them."""
    here = path.parent.resolve()
    files = {path.name: store.keep(path)}
    for digest, file in study.files.items():
        if not file.resolve().is_relative_to(here):
            raise TransferError("S042", f"{file} lies outside of {path.parent or '.'}; put it beside the study file")
        if store.keep(file) != digest:
            raise TransferError("S042", f"{file} changed while the study was read; submit again")
        files[file.resolve().relative_to(here).as_posix()] = digest
    with tempfile.TemporaryDirectory() as folder:
        list_of_files = Path(folder, "study.json")
        list_of_files.write_text(json.dumps({"study": path.name, "files": files}, sort_keys=True), encoding="utf-8")
        return KEPT + store.keep(list_of_files)


@contextmanager
def unpacked(text: str, store: Store) -> Iterator[Path]:
    """The study file of `kept:SHA256` with its own beside it, each checked, for as long as it is read."""
    held = json.loads(store.kept(text.removeprefix(KEPT), ".json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="study-") as folder:
        for name, digest in held["files"].items():
            path = Path(folder, name)
            if not path.resolve().is_relative_to(Path(folder).resolve()):
                raise TransferError("S042", f"{name!r} in {text} leads out of the study's folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(store.kept(digest, path.suffix), path)
        yield Path(folder, held["study"])
