"""One task of every stage, and what it makes: bytes that depend on the task alone."""

import hashlib
import itertools
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.transfer.store.s3 import CREDENTIALS, Way, served
from transfer.store import Object, Record, Store
from transfer.tasks import Choice, Craft, Evaluate, Part, Task, Train

numbers = itertools.count(1)
PART = Part(Choice("mnist", {}), "test", "5" * 64, (1, 28, 28), 10)
ROLES = {
    "train": {"weights": "safetensors", "trained": "parquet"},
    "craft": {"images": "safetensors", "crafted": "parquet"},
    "evaluate": {"predictions": "parquet"},
}


def train_task(seed: int = 0) -> Train:
    return Train(PART, PART, Choice("mlp", {"widths": [100, 100]}), Choice("adam", {"rate": 0.001}), seed=seed)


@pytest.fixture
def tasks() -> list[Task]:
    """A study in small: two networks, a craft on the first, a tile that shows it to both."""
    networks = (train_task(0), train_task(1))
    craft = Craft(networks[:1], Choice("pgd", {"epsilon": 0.1, "steps": 40}), PART, images=500)
    return [*networks, craft, Evaluate((craft,), networks)]


@pytest.fixture
def task() -> Train:
    return train_task()


@pytest.fixture
def offer() -> Callable[..., Record]:
    """Offer an attempt of a task; `salt` makes its bytes differ from those of another attempt."""

    def offer(store: Store, task: Task, salt: str = "", **other: Any) -> Record:
        objects = {
            role: Object(_bytes(f"{task.id}{role}{salt}"), suffix, rows=100)
            for role, suffix in ROLES[task.stage].items()
        }
        inputs = {
            needed.id: next(iter(record.objects.values()))["sha256"]
            for needed in task.needs()
            if (record := store.record(needed.stage, needed.id))
        }
        settings = {"inputs": inputs, "objects": objects, "provenance": {"torch": "2.14"}, "seconds": 1.5}
        return store.commit(task.id, task.stage, spec=task.spec(), **settings | other)

    return offer


def _bytes(name: str) -> bytes:
    return hashlib.shake_256(name.encode()).digest(4_000)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "results")


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: races are closer there than on a disk that is waited for."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder) / "results"


@pytest.fixture
def digests() -> Callable[[Store], dict[str, dict[str, str]]]:
    """What a study's objects are, task by task; reading them checks every byte."""

    def digests(store: Store) -> dict[str, dict[str, str]]:
        for record in store.records():
            for role in record.objects:
                store.fetch(record, role)
        return {
            record.task: {role: kept["sha256"] for role, kept in record.objects.items()} for record in store.records()
        }

    return digests


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Way]]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with served() as (address, way):
        yield address, way


@pytest.fixture
def way(server: tuple[str, Way], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Way:
    """The way to an S3 that has one bucket, `results`; AWS's own variables lead there."""
    address, way = server
    way.reset()
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": address, "TRANSFER_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    from transfer.store.remote import client

    client().create_bucket(Bucket="results")
    return way


@pytest.fixture
def location(way: Way) -> str:
    """A place in it that is nobody else's."""
    return f"s3://results/study-{next(numbers)}"


@pytest.fixture
def remote(location: str) -> Store:
    return Store.open(location)
