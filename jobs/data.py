"""What a study's data is, whether it is still what it was, and what a person should know of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from transfer import datasets
from transfer.datasets import Facts, Overlap
from transfer.errors import EnvironmentProblem
from transfer.identity import canonical
from transfer.store import Store
from transfer.study import Study


def facts_of(study: Study, home: Path | None = None) -> Facts:
    """The facts of a study's data set, with how much of its test part was trained on.

    `home` holds the study's results if there are any. Raises EnvironmentProblem where the same data set was asked for
    then and other images come now.
    """
    found = datasets.facts(study.data, study.data_source)
    before = _before(home)
    digests = before.get("data", {}).get("digests", {})
    is_asked_alike = canonical(before.get("resolved", {}).get("data")) == canonical(study.data.spec())
    for part, digest in found.digests.items():
        if is_asked_alike and digests.get(part, digest) != digest:
            text = f"the {part} images of {study.data.name} have changed since this study began"
            remedy = "Restore the data, or start anew with another --results"
            raise EnvironmentProblem("D059", f"{text} ({digests[part][:12]}..., now {digest[:12]}...). {remedy}")
    known = before.get("data", {}).get("overlap") if digests == dict(found.digests) else None
    overlap = Overlap(**known) if known else datasets.compared(study.data, study.data_source)
    return replace(found, overlap=overlap)


def _before(home: Path | None) -> Mapping[str, Any]:
    """The study as it was last kept in its results."""
    return (home and home.exists() and Store.open(home, writing=False).study()) or {}
