"""What a person asks for: a study, read, checked against its data, and planned over what is already there."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from jobs import results
from jobs.bundle import KEPT, unpacked
from jobs.data import facts_of
from transfer import datasets
from transfer.errors import TransferError
from transfer.plan import Plan, plan
from transfer.store import Store, squares_of
from transfer.study import Study, read
from transfer.tasks import Task

STUDIES = Path(__file__).parent / "studies"


@dataclass(frozen=True)
class Request:
    """A study, its plan, and where its results go; `store` is None where nothing is there yet or may be."""

    study: Study
    plan: Plan
    home: results.Home
    store: Store | None
    committed: frozenset[str]  # ids of the tasks that are done

    def open_store(self) -> Store:
        """The store of a request that may write."""
        if self.store is None:
            raise ValueError(f"{self.home} was only looked at")
        return self.store


def find_study(text: str) -> Path:
    """The file of a study: a path, or the name of one that comes with the package."""
    shipped = {path.stem: path for path in STUDIES.glob("*.yaml")}
    looks_like_a_path = "/" in text or Path(text).suffix in {".yaml", ".yml"} or Path(text).exists()
    if looks_like_a_path:
        return Path(text)  # where it is not there, reading it says so
    if text in shipped:
        return shipped[text]
    close = get_close_matches(text, shipped, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    known = f"Known: {', '.join(sorted(shipped))}; or give the path of a study file."
    raise TransferError("S001", f"no study is called {text!r}.{hint} {known}")


def request(
    text: str,
    home: results.Home | None = None,
    *,
    overrides: Sequence[str] = (),
    size: str = "",
    trusted: Sequence[str] = (),
    writing: bool = True,
    alone: bool = False,
    single_writer: bool = False,
) -> Request:
    """Reads and plans a study; with `writing`, keeps it and what it names of a person's own in its results.

    All that is wrong with a study is told before a folder is made. With `alone`, R076 where another driver is at work.
    """
    with _lying(text, home, single_writer) as path:
        study = read(path, overrides=overrides, size=size, trusted=trusted)
        return _planned(study, home, writing, alone, single_writer)


@contextmanager
def _lying(text: str, home: results.Home | None, single_writer: bool) -> Iterator[Path]:
    """The file of a study for as long as it is read; one that has travelled lies with its results."""
    if not text.startswith(KEPT):
        yield find_study(text)
        return
    if home is None:
        raise TransferError("S001", f"{text} lies with its results; give them with --results")
    with unpacked(text, Store.open(home, single_writer=single_writer)) as path:
        yield path


def _planned(study: Study, home: results.Home | None, writing: bool, alone: bool, single_writer: bool) -> Request:
    home = home or results.home_of(study.name)
    found = Store.found(home)
    facts = facts_of(study, found.study() if found else None)
    study.check(facts)
    for line in datasets.remarks(facts):
        print(line, file=sys.stderr)
    store = Store.open(home, single_writer=single_writer) if writing else found
    if store and alone and not store.place.hold(results.holder()):
        print(f"{home} cannot be locked: nobody would be told of a second run there", file=sys.stderr)
    try:
        records = store.records() if store else []
        planned = plan(study, facts, covered=squares_of(records))
        if store and writing:
            keep(store, study)
            store.save_study(planned.document)
    except BaseException:
        if store:
            store.place.release()
        raise
    return Request(study, planned, home, store, frozenset(record.task for record in records))


def chosen(asked: Request, only: str) -> Sequence[Task]:
    """The tasks to do: all of the plan, or the one whose id begins with `only`."""
    if not only:
        return asked.plan.tasks
    found = [task for task in asked.plan.tasks if task.id.startswith(only)]
    if len(found) == 1:
        return found
    if not found and any(task.startswith(only) for task in asked.committed):
        return ()
    what = f"{len(found)} tasks begin" if found else "no task begins"
    raise TransferError("U096", f"{what} with {only!r}. `transfer plan` with --tasks shows their ids")


def keep(store: Store, study: Study) -> None:
    """What is a person's own travels with the results, by digest."""
    for digest, path in study.files.items():
        if store.keep(path) != digest:
            raise TransferError("S042", f"{path} changed while the study was read; run again")
