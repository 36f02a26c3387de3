"""How far a study is, from its results alone: no cluster, no data set, no torch."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.labels import VERBS, Labels
from jobs.policy import Ledger
from transfer.store import Store

Square = tuple[str, str]


@dataclass(frozen=True)
class Count:
    """Of one kind of work, in words a person counts it by."""

    what: str
    done: int
    failed: int
    left: int


@dataclass(frozen=True)
class Failure:
    """A task of the study that was given up, or will be tried again by the next run."""

    task: str
    what: str
    reason: str
    attempts: int
    is_given_up: bool
    traceback: str


@dataclass(frozen=True)
class Standing:
    """What is done, what failed and what is left of the current study of a results folder."""

    study: str
    counts: tuple[Count, ...]
    failures: tuple[Failure, ...]


def standing(store: Store) -> Standing | None:
    """Where the current study stands; None where no study has been run."""
    document = store.study()
    if document is None:
        return None
    models = {model["model"] for model in document["models"]}
    crafts = {craft["craft"] for craft in document["crafts"]}
    targets = {model["model"] for model in document["models"] if model["is_target"]}
    squares = {(craft, target) for craft in crafts for target in targets}
    committed = {stage: {record.task for record in store.records(stage)} for stage in ("train", "craft", "evaluate")}
    failures = _failures(store, document, set().union(*committed.values()), squares)
    lost = {failure.task for failure in failures if failure.is_given_up}
    shown = squares & store.squares()
    missing = _squares_of(store, lost) & squares - shown
    counts = (
        _count("models", models, committed["train"], lost),
        _count("crafts", crafts, committed["craft"], lost),
        Count("squares", len(shown), len(missing), len(squares - shown - missing)),
    )
    return Standing(document["study"], counts, tuple(failures))


def _count(what: str, asked: set[str], done: set[str], lost: set[str]) -> Count:
    rest = asked - done
    return Count(what, len(asked & done), len(rest & lost), len(rest - lost))


def _failures(store: Store, document: Mapping[str, Any], committed: set[str], squares: set[Square]) -> list[Failure]:
    """The latest failed attempt of each task that is not done and that the current study still asks for."""
    noted = [failure for failure in store.failures() if failure["task"] not in committed]
    ledger = Ledger(noted)
    attempts = Counter(failure["task"] for failure in noted)
    asked = {row["model"] for row in document["models"]} | {row["craft"] for row in document["crafts"]}
    labels = Labels(document)
    latest = {failure["task"]: failure for failure in noted}
    return [
        Failure(
            task=task,
            what=f"{VERBS[failure['stage']]} {labels.spec(task, failure['spec'])}",
            reason=ledger.given_up(task) or f"{failure['cause']}: {failure['message']}",
            attempts=attempts[task],
            is_given_up=ledger.given_up(task) is not None,
            traceback=failure["traceback"],
        )
        for task, failure in latest.items()
        if task in asked or _squares(failure["spec"]) & squares
    ]


def _squares_of(store: Store, tasks: set[str]) -> set[Square]:
    specs = [failure["spec"] for failure in store.failures() if failure["task"] in tasks]
    return {square for spec in specs for square in _squares(spec)}


def _squares(spec: Mapping[str, Any]) -> set[Square]:
    return {(craft, target) for craft in spec.get("crafts", ()) for target in spec.get("targets", ())}
